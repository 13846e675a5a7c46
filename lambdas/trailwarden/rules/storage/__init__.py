"""Detections for data stores, of several services."""
