"""Which rules there are, as this environment wants them."""

from trailwarden.catalog.discovery import (
    LOCAL_RULES,
    Broken,
    InvalidRuleError,
    Pack,
    Survey,
    Warn,
    default_tuning,
    is_local,
    load,
    local_folder,
    modules,
    shipped,
    survey,
)

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
]
