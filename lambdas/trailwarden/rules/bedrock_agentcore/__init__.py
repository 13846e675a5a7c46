"""Detections for Amazon Bedrock AgentCore."""
