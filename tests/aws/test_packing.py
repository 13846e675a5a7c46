import zlib

import pytest

from trailwarden.aws.packing import MOST_REFERRED, Place, deflated, inflated, refers

SHOWN = [
    {"role": f"arn:aws:iam::111122223333:role/app-{n}", "agent": "x1y2z3" * n} for n in range(9)
]
MORE = [*SHOWN, "more"]


def place_with(*values: bytes) -> Place:
    place = Place()
    for value in values:
        place.inflated(value)
    return place


def test_a_value_that_refers_to_another_holds_only_what_is_different() -> None:
    like = deflated(SHOWN)
    value = deflated(MORE, like)
    assert (refers(like), refers(value)) == (False, True)
    assert len(value) < len(deflated(MORE)) / 3
    assert place_with(like).inflated(value) == inflated(deflated(MORE))


def test_a_value_says_nothing_without_the_one_that_it_refers_to() -> None:
    value = deflated(MORE, deflated(SHOWN))
    other = place_with(deflated([1]))
    assert not other.has(value)
    with pytest.raises(KeyError):
        other.inflated(value)


def test_others_refer_to_the_longest_whole_value_that_is_not_too_old() -> None:
    place = Place()
    assert place.best() == b""
    short, long = deflated([1]), deflated(SHOWN)
    place.inflated(short, since="2025-06-02T12")
    place.inflated(long, since="2025-06-02T11")
    place.inflated(deflated(MORE, long), since="2025-06-02T12")
    assert place.best("2025-06-02T11") == long
    assert place.best("2025-06-02T12") == short
    assert place.best("2025-06-02T13") == b""


def test_nothing_refers_to_what_is_longer_than_compression_looks_back() -> None:
    assert place_with(deflated(["x" * MOST_REFERRED])).best() == b""


@pytest.mark.parametrize("value", [b"", b"\x07", b"\x07" + bytes(8), b"\x07" + bytes(30), b"none"])
def test_what_nobody_packed_is_refused(value: bytes) -> None:
    place = Place()
    try:
        assert place.inflated(value) == b""
    except (KeyError, zlib.error):
        assert place.best() == b""
