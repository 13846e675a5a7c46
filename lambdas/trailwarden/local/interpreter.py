"""Python as Lambda has it: the runtime client, boto3, and nothing else but the asset.

What the asset forgot is missing here too, and is not found by luck among the development tools.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

IN_THE_RUNTIME = (
    *("awslambdaric", "simplejson", "snapshot-restore-py"),
    *("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"),
)


def lay_out(folder: Path) -> Path:
    """Put the libraries of Lambda's runtime into `folder`, as links, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in IN_THE_RUNTIME:
        for found in _parts(name):
            link = folder / found.name
            if not link.is_symlink():
                link.symlink_to(found)
    return folder


def command(*arguments: str) -> list[str]:
    """Return what runs Python without the packages of this environment."""
    return [sys.executable, "-S", *arguments]


def environ(task: Path, runtime: Path) -> dict[str, str]:
    """Return the variables that make such a Python see the asset first, then the runtime."""
    return {"PYTHONPATH": f"{task}:{runtime}", "PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8"}


def _parts(name: str) -> Iterator[Path]:
    """Yield the packages, modules and libraries that a distribution installs."""
    installed = distribution(name)
    tops = {file.parts[0] for file in installed.files or () if file.parts[0] != ".."}
    yield from (Path(str(installed.locate_file(top))) for top in sorted(tops - {"__pycache__"}))
