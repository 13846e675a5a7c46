"""One deployment into a local AWS, for all tests of it."""

from collections.abc import Iterator

import pytest

from trailwarden.local.account import LocalAccount


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAccount]:
    """Deploy the app, and keep it running."""
    with LocalAccount(tmp_path_factory.mktemp("account")) as running:
        yield running
