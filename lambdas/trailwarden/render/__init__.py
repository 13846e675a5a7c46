"""Writes alerts: as text for people, as JSON for machines."""
