"""Credentials that are used by, or from, what they were not made for."""
