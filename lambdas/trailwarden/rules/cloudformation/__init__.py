"""Detections for AWS CloudFormation."""
