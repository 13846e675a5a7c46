"""Detections for Amazon RDS, and for DocumentDB and Neptune, which share its API."""
