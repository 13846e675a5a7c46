"""Detections for AWS Data Pipeline."""
