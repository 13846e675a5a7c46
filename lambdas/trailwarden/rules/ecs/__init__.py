"""Detections for Amazon ECS."""
