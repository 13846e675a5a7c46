"""Detections for Amazon EFS and Amazon FSx."""
