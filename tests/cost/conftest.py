"""The account in memory, and whether its figures are to be kept."""

import pytest

from tests.aws.world import account, assembled, clock, world

__all__ = ["account", "assembled", "clock", "world"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--keep-figures",
        action="store_true",
        help="write what the handlers ask of AWS into measured.toml, rather than compare it",
    )


@pytest.fixture
def keep_figures(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--keep-figures", default=False))
