"""Detections for AWS Resource Access Manager."""
