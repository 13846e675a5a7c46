"""Runs one command of the command line."""

import argparse
from typing import Any

import pytest

from trailwarden.cli.problems import speak


def run(module: Any, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command that a module adds; return its status, and what it writes to both outputs."""
    speak(quiet=False, verbose=False)  # as `main` does: another test may have asked for quiet
    parser = argparse.ArgumentParser(prog="trailwarden")
    module.add_to(parser.add_subparsers(required=True))
    try:
        told = parser.parse_args(arguments)
        status = told.run(told)
    except SystemExit as stop:
        status = int(str(stop.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err
