"""Detections for AWS DataSync."""
