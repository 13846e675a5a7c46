"""Runs the command line: `python -m trailwarden.cli`."""

import sys

from trailwarden.cli import main

if __name__ == "__main__":
    sys.exit(main())
