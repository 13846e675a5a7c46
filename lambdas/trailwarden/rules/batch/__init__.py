"""Detections for AWS Batch."""
