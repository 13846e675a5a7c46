"""Rules about Amazon Route 53."""
