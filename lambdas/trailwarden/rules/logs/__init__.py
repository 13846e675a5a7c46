"""CloudWatch Logs: what systems say about themselves."""
