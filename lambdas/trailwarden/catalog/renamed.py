"""Rules that have another id than in an earlier version: tuning by the old one still works."""

from collections.abc import Mapping

RENAMED: Mapping[str, str] = {}
"""The ids of today, by the ids of before."""
