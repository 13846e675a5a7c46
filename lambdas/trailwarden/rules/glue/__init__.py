"""Detections for AWS Glue."""
