"""The rules as parameters of tests that tell each of them many stories."""

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest

MANY = 9
"""The stories of a rule that counts more events take as long as those of dozens of others."""


def one_by_one(modules: Iterable[ModuleType]) -> list[Any]:
    """Return each module; one that counts many events is left to the exhaustive tests."""
    return [
        pytest.param(
            module, id=module.RULE.id, marks=[pytest.mark.exhaustive] * counts_many(module)
        )
        for module in modules
    ]


def counts_many(module: ModuleType) -> bool:
    """Say whether a rule counts so many events that its stories are long."""
    return getattr(module.RULE.correlation, "at_least", 0) > MANY
