"""Detections for Amazon Athena."""
