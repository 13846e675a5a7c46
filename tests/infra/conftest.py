"""The templates of a few deployments."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from tests.infra.templates import (
    Resources,
    an_app,
    config,
    forwarding_stack,
    home_stack,
    resources,
)


@cache
def _home(choices: str) -> Resources:
    return resources(home_stack(an_app(), config(**json.loads(choices))))


@pytest.fixture(scope="session")
def deployed() -> Callable[..., Resources]:
    """Give what a deployment with some choices makes; each is synthesised once."""
    return lambda **choices: _home(json.dumps(choices, sort_keys=True))


@pytest.fixture(scope="session")
def home(deployed: Callable[..., Resources]) -> Resources:
    return deployed()


@pytest.fixture(scope="session")
def elsewhere() -> Resources:
    chosen = config(forward_regions=["us-east-2"])
    return resources(forwarding_stack(an_app(), chosen, "us-east-2"))
