"""The engine over years of log files, in portions that any machine does, and does again."""
