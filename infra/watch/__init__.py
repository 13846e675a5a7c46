"""What tells that the pipeline does not work: alarms, guard, dashboard."""
