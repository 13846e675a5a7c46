import os
import subprocess
import sys
from pathlib import Path

import pytest

import trailwarden
from tests.yardstick import WORK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc for the memory")

MEASURE = f"""{WORK}
import time
start = time.process_time()
from trailwarden import catalog
rules = catalog.load().rules
cpu = time.process_time() - start
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(len(rules), cpu / slowness(), peak)
"""
MAX_CPU, MAX_MEMORY = 0.150, 60
"""Seconds of CPU on the machine of the yardstick, and MB; byte code is at hand.

All of the engine that the rules import is in them.
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, float, float]]:
    """How many rules are loaded, in what time and memory, by fresh processes with byte code."""
    env = os.environ | {
        "PYTHONPATH": str(Path(trailwarden.__file__).parents[1]),
        "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("byte-code")),
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)

    def run() -> tuple[int, float, float]:
        ended = subprocess.run(
            [sys.executable, "-c", MEASURE], env=env, check=True, capture_output=True, text=True
        )
        count, cpu, memory = ended.stdout.split()
        return int(count), float(cpu), int(memory) / 1024

    run()  # which writes the byte code
    return [run() for _ in range(5)]


def test_the_whole_pack_loads_quickly(measured: list[tuple[int, float, float]]) -> None:
    assert min(cpu for _, cpu, _ in measured) < MAX_CPU


def test_the_whole_pack_takes_little_memory(measured: list[tuple[int, float, float]]) -> None:
    assert max(memory for _, _, memory in measured) < MAX_MEMORY


def test_it_was_the_whole_pack(measured: list[tuple[int, float, float]]) -> None:
    folder = Path(trailwarden.__file__).parent / "rules"
    shipped = [file for file in folder.glob("*/*.py") if file.name != "__init__.py"]
    assert min(count for count, _, _ in measured) >= len(shipped) > 0
