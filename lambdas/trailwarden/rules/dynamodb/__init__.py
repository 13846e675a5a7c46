"""Detections for Amazon DynamoDB."""
