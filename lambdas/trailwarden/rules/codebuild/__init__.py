"""Detections for AWS CodeBuild and what feeds it."""
