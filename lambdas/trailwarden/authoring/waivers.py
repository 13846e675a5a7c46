"""The breaks of rules that no story notices, each with the reason why none has to."""

from collections.abc import Mapping

WAIVED: Mapping[str, str] = {}
"""Reasons by survivor, as `trailwarden rules test --mutate` names it."""
