"""Detections for steps towards more permissions, in any service."""
