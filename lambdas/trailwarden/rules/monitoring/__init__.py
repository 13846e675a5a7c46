"""CloudWatch: the metrics, and the alarms on them."""
