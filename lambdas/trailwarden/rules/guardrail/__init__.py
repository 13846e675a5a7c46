"""Detections for account-wide settings that keep things private, in any service."""
