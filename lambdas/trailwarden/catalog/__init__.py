"""Which rules there are, as this environment wants them."""

from trailwarden.catalog.discovery import (
    LOCAL_RULES,
    InvalidRuleError,
    Pack,
    Warn,
    is_local,
    load,
    local_folder,
    modules,
    shipped,
)

__all__ = [
    "LOCAL_RULES",
    "InvalidRuleError",
    "Pack",
    "Warn",
    "is_local",
    "load",
    "local_folder",
    "modules",
    "shipped",
]
