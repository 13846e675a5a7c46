"""Detections for Amazon EventBridge and the targets that it starts."""
