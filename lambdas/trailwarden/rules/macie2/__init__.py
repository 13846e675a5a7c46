"""Detections for Amazon Macie."""
