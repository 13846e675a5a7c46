"""Detections for Amazon SES."""
