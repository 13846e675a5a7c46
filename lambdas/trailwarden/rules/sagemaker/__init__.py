"""Detections for Amazon SageMaker."""
