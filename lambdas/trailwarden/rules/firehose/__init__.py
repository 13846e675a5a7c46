"""Detections for data streams and where they deliver to."""
