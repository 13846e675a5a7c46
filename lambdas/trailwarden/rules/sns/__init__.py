"""Detections for Amazon SNS."""
