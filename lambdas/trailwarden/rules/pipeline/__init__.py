"""Detections for tampering with what this project itself is made of."""
