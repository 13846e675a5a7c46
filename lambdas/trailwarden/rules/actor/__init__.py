"""Principals that do what they never did, or that nobody knows."""
