"""Detections for Amazon SQS."""
