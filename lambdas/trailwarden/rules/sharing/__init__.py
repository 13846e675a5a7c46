"""Detections for whatever is given to outsiders, in any service."""
