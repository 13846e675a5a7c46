"""Detections for AWS Secrets Manager."""
