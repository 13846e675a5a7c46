"""Detections for AWS Lambda."""
