"""Detections for Amazon Bedrock."""
