"""The seeds of random trials: a few in each run of the tests, and many before a release."""

from typing import Any

import pytest


def seeds(few: int, many: int) -> list[Any]:
    """Return seeds for `parametrize`; those after the first few are for `make prove`."""
    rest = (pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(few, many))
    return [*range(few), *rest]
