import msgspec
import pytest

from tests.scan.test_scan import STORY, lay
from trailwarden.scan.request import Request
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.spool import PARTS, portions, texts_of


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """All that rules see in the story, in one part."""
    logs, spool = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("spool")
    request = Request()
    for _ in Scanner(request.load(), request, spool).scan(lay(logs, STORY)):
        pass
    return [text for part in range(PARTS) for text in texts_of(spool, part)]


def group_of(text: bytes) -> tuple[str, str]:
    rule_id, observation = msgspec.msgpack.decode(text)
    return rule_id, observation[3]


@pytest.mark.parametrize("most", [1_000, 10_000, 100_000, 10**9])
def test_a_portion_fits_into_memory_and_no_group_is_divided(
    entries: list[bytes], most: int
) -> None:
    divided = [[*portion] for portion in portions(entries, most)]
    assert {text for portion in divided for text in portion} == {*entries}
    groups = [{*map(group_of, portion)} for portion in divided]
    assert sum(map(len, groups)) == len({*map(group_of, entries)})
    for portion, of_portion in zip(divided, groups, strict=True):
        assert len(of_portion) == 1 or sum(map(len, portion)) <= most
    assert (len(divided) == 1) is (sum(map(len, entries)) <= most)


def test_one_group_that_is_too_large_is_held(entries: list[bytes]) -> None:
    [*alike] = [text for text in entries if group_of(text) == group_of(entries[0])]
    assert [{*portion} for portion in portions(alike * 50, most=10)] == [{*alike}]
