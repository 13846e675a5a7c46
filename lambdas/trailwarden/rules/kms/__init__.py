"""Detections for AWS Key Management Service."""
