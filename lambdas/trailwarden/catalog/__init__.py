"""Which rules there are, as this environment wants them."""

from trailwarden.catalog.discovery import (
    Broken,
    InvalidRuleError,
    Pack,
    Survey,
    Warn,
    is_local,
    load,
    modules,
    shipped,
    survey,
)
from trailwarden.catalog.own import LOCAL_RULES, default_tuning, local_folder, use

__all__ = [
    "LOCAL_RULES",
    "Broken",
    "InvalidRuleError",
    "Pack",
    "Survey",
    "Warn",
    "default_tuning",
    "is_local",
    "load",
    "local_folder",
    "modules",
    "shipped",
    "survey",
    "use",
]
