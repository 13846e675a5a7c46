"""Detections for VPC endpoints."""
