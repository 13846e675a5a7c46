"""Detections for AWS CloudShell."""
