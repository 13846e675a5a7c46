"""Detections for AWS Systems Manager."""
