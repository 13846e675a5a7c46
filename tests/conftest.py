"""What tests share: what takes long to make, how hypothesis runs, and records of any shape."""

import gc
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from hypothesis import strategies as st

from tests.shared import Shared
from trailwarden.cloudtrail.event import RECORD_FIELDS

pytest_plugins = ["tests.faults"]

FEW, MANY = 25, 100
"""How many examples hypothesis makes in `make test` and in `make prove`, where a test says none."""

for name, most in (("few", FEW), ("many", MANY)):
    settings.register_profile(
        name,
        max_examples=most,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("few")

texts = st.text(st.characters(exclude_categories=()), max_size=12)
"""Texts with anything in them: controls, NUL, lone surrogates."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts

KEYS = [
    *("type", "arn", "accountId", "principalId", "userName", "invokedBy", "sessionContext"),
    *("sessionIssuer", "attributes", "mfaAuthenticated", "items", "omitted", "unsuccessful"),
    *("onBehalfOf", "userId", "originalEventID", "ConsoleLogin", "ec2RoleDelivery"),
]

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | texts, below, max_size=4)
    ),
    max_leaves=8,
)
"""Any JSON, with keys that mean something here and there."""

identities = st.fixed_dictionaries(
    {"type": st.sampled_from(["Root", "IAMUser", "AssumedRole", "FederatedUser", "AWSService"])},
    optional=dict.fromkeys(KEYS[1:], json_values),
)

records = st.dictionaries(
    st.sampled_from(sorted(RECORD_FIELDS)), json_values | identities, max_size=12
)
"""Records whose fields may hold anything."""


def pytest_configure(config: pytest.Config) -> None:
    """Make many examples where the tests that hypothesis makes are asked for."""
    if "generated" in config.getoption("markexpr"):
        settings.load_profile("many")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests whose examples hypothesis makes."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("generated")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the garbage collector from what lives as long as the run: it takes a tenth."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter, as gzip holds a time, and processes must name tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """What the processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return Shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def asset(shared: Shared) -> Path:
    """The functions' asset for the real runtime. Nobody may change it."""
    return _built(shared, "python3.13", "arm64")


@pytest.fixture(scope="session")
def local_asset(shared: Shared) -> Path:
    """The functions' asset for the interpreter at hand. Nobody may change it."""
    from trailwarden.local.deployment import ARCHITECTURES  # noqa: PLC0415 - boto3 is slow to import

    version = "python{}.{}".format(*sys.version_info)
    return _built(shared, version, ARCHITECTURES[platform.machine().lower()])


def _built(shared: Shared, runtime: str, architecture: str) -> Path:
    from infra.functions import bundle  # noqa: PLC0415 - CDK is slow to import

    return shared.folder(
        f"asset-{runtime}-{architecture}",
        lambda target: bundle.build(target, runtime=runtime, architecture=architecture),
    )
