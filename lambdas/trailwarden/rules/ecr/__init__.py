"""Detections for Amazon ECR."""
