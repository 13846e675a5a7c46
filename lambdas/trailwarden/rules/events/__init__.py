"""Detections for Amazon EventBridge and what it starts."""
