import argparse
from datetime import UTC, datetime, timedelta

import pytest

from trailwarden.cli.arguments import moment


def test_a_time_may_be_years_ago() -> None:
    ago = datetime.now(UTC) - moment("2y")
    assert abs(ago - timedelta(days=730)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["0y", "y", "-1y", "1 year", "99y"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text)
