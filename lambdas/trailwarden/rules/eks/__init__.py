"""Detections for Amazon EKS."""
