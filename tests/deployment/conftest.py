"""One deployment into a local AWS, for all tests of it."""

from collections.abc import Iterator

import pytest

from tests.logfile.trail import keys_file
from trailwarden.local.account import LocalAccount
from trailwarden.local.server import PUBLIC_KEYS


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAccount]:
    """Deploy the app, and keep it running."""
    folder = tmp_path_factory.mktemp("account")
    keys_file(folder / PUBLIC_KEYS, 0)
    with LocalAccount(folder) as running:
        yield running
