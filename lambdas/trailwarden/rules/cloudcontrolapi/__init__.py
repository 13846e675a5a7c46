"""Detections for AWS Cloud Control API."""
