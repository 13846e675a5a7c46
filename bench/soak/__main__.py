"""`make soak`: the alerts of a pipeline that is throttled and killed are those of a scan.

Events come over both paths, some late, some twice, some in damaged files. The handlers run in a
process that is killed again and again. A scan of the same files has to find the same alerts. Each
is told. A repeated mail needs a process that ended between the mail and its record.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.soak.soak import Soak


def main() -> int:
    """Run the soak and say what came of it; 0 when nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    add = parser.add_argument
    add("--events", type=int, default=200_000, help="how many (%(default)s)")
    add("--seed", type=int, default=1, help="another day for another number")
    add("--kill-every", type=float, default=60, metavar="SECONDS", help="(%(default)s)")
    add("--minutes", type=float, default=9.5, help="when it gives up (%(default)s)")
    chosen = parser.parse_args()
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        soak = Soak(Path(folder), events=chosen.events, seed=chosen.seed)
        soak.run(kill_every=chosen.kill_every, until=started + 60 * chosen.minutes)
    for name, figure in soak.figures.items():
        print(f"{name + ':':<34}{figure:>10,}")
    for problem in soak.problems:
        print(f"WRONG: {problem}")
    print(
        f"{time.monotonic() - started:.0f} seconds; {'wrong' if soak.problems else 'all is well'}"
    )
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
