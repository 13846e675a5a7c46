import os
import tracemalloc
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.source import Sources


@dataclass(frozen=True)
class Elsewhere:
    name: str
    size: int = 1

    def open(self) -> BinaryIO:
        return BytesIO(b"")


def trail(number: int) -> LocalFile:
    day = f"2025/{number % 12 + 1:02}/{number % 28 + 1:02}"
    return LocalFile(f"AWSLogs/111122223333/CloudTrail/us-east-1/{day}/{number:016x}.json.gz", 9)


def test_files_come_back_in_their_order_with_those_from_elsewhere_last() -> None:
    here = [trail(number) for number in range(2_500)]
    far = Elsewhere("s3://bucket/a")
    sources = Sources([far, *here])
    assert [*sources] == [*here, far]
    assert [*sources] == [*here, far], "again, for they are read twice"
    assert len(sources) == 2_501
    assert far in sources
    assert here[7] in sources
    assert trail(9_999) not in sources
    assert not Sources()


def test_odd_names_come_back_as_they_are() -> None:
    names = ["", "a\nb", "\x00", os.fsdecode(b"\xff\xfe"), "日志"]
    assert [each.name for each in Sources(LocalFile(name, 0) for name in names)] == names


def test_a_file_takes_a_few_bytes() -> None:
    tracemalloc.start()
    sources = Sources(map(trail, range(20_000)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / len(sources) < 40
