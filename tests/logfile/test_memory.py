import gzip
import json
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest

from trailwarden.scenario import attack, benign, files

LIMIT = 256 << 20
LEGAL = 286_000
"""How many records a file of 50 MB may hold."""

COMMAND = """
import resource, sys
from trailwarden.cli import main
main(["scan", "--jobs", "1", "--format", "jsonl", "--output", sys.argv[2], sys.argv[1]])
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def peak(folder: Path, output: Path) -> tuple[int, str]:
    """Return how many bytes a scan of `folder` held at the most, and its last words."""
    ended = subprocess.run([sys.executable, "-c", COMMAND, str(folder), str(output)],
                           capture_output=True, text=True, check=True, timeout=600)  # fmt: skip
    return int(ended.stdout) << 10, ended.stderr.splitlines()[-1]


@pytest.mark.fault("damage", "A legal file has 50 MB", "it is read in little memory")
@pytest.mark.exhaustive
def test_the_largest_legal_file_is_scanned_in_little_memory(tmp_path: Path) -> None:
    texts = [json.dumps(record).encode() for record in benign.day(2000)]
    logs = tmp_path / "logs"
    logs.mkdir()
    with gzip.open(logs / "large.json.gz", "wb", compresslevel=1) as file:
        file.write(b'{"Records":[' + texts[0])
        for text in islice(cycle(texts), 1, LEGAL):
            file.write(b"," + text)
        file.write(b"]}")
    held, said = peak(logs, tmp_path / "out")
    assert f"{LEGAL:,} events" in said
    assert held < LIMIT / 2


@pytest.mark.parametrize("most", [120, pytest.param(600, marks=pytest.mark.exhaustive)])
def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path, most: int) -> None:
    held = []
    content = files.document([*attack.attack()])
    for number in (20, most):
        logs = tmp_path / str(number)
        logs.mkdir()
        for n in range(number):
            (logs / f"{n}.json.gz").write_bytes(content)
        held.append(peak(logs, tmp_path / "out")[0])
    assert held[1] - held[0] < 8 << 20


@pytest.mark.exhaustive
@pytest.mark.fault("damage", "A small file expands without end", "reading it ends in little memory")
def test_a_bomb_is_stopped_in_little_memory(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with gzip.open(tmp_path / "logs" / "bomb.json.gz", "wb", compresslevel=9) as file:
        for _ in range(250):
            file.write(b"\0" * (4 << 20))
    held, said = peak(tmp_path / "logs", tmp_path / "out")
    assert not said.endswith(" 0 failures")
    assert held < LIMIT / 2
