"""Detections for AWS Backup."""
