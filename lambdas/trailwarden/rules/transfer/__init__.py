"""Detections for AWS Transfer Family and other services that move files."""
