"""The Lambda asset: our packages and the locked libraries, built without Docker.

The libraries are those of the functions' own platform. Any machine builds the same bytes. A Python
of the runtime's version, if there is one, compiles the byte code. Then no function compiles at its
start.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "lambdas"
LOCK = ROOT / "requirements" / "lambda.txt"
LAKE_LOCK = ROOT / "requirements" / "lake.txt"
PACKAGES = ("trailwarden", "local_rules")
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
NOT_SHIPPED = ("authoring", "aws/drill", "cli", "cost", "local", "report", "scenario")
"""The parts of `trailwarden` that no function needs. A team's folder of such a name is shipped."""

LEFT_OVERS = ("__pycache__", "*.pyc", "*.egg-info")
BUILDERS_MARKS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""The files of an installed library that tell who installed it, and when."""


_NOT_OF_LAKE = ("include", "src", "tests")
"""The folders of pyarrow that are for those who build it."""


def code(*, runtime: str, architecture: str) -> lambda_.Code:
    """Return the asset that all functions share."""
    return lambda_.Code.from_asset(
        str(SOURCE),
        asset_hash_type=AssetHashType.OUTPUT,
        exclude=["**/__pycache__", "*.egg-info"],
        bundling=BundlingOptions(
            image=DockerImage.from_registry("scratch"),  # never pulled: the build is local
            local=_Bundler(runtime=runtime, architecture=architecture, build=build),
        ),
    )


def lake(*, runtime: str, architecture: str) -> lambda_.Code:
    """Return the asset of the layer that writes Parquet."""
    return lambda_.Code.from_asset(
        str(LAKE_LOCK.parent),
        asset_hash_type=AssetHashType.OUTPUT,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("scratch"),
            local=_Bundler(runtime=runtime, architecture=architecture, build=build_lake),
        ),
    )


class _Build(Protocol):
    """Builds an asset in a directory."""

    def __call__(self, target: Path, *, runtime: str, architecture: str) -> None:
        """Build it in the directory `target`, which is empty."""


@jsii.implements(ILocalBundling)
class _Bundler:
    """Builds the asset when CDK asks for it."""

    def __init__(self, *, runtime: str, architecture: str, build: _Build) -> None:
        self.runtime = runtime
        self.architecture = architecture
        self._build = build

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Build into `output_dir`."""
        self._build(Path(output_dir), runtime=self.runtime, architecture=self.architecture)
        return True


def build_lake(target: Path, *, runtime: str, architecture: str) -> None:
    """Build the layer that writes Parquet, as Lambda puts it on Python's path.

    With the functions' own asset it has to stay below 250 MB, unpacked.
    """
    folder = target / "python"
    version = runtime.removeprefix("python")
    _install(folder, version=version, platform=PLATFORMS[architecture], lock=LAKE_LOCK)
    _strip(folder)
    for name in _NOT_OF_LAKE:
        shutil.rmtree(folder / "pyarrow" / name, ignore_errors=True)


def build(target: Path, *, runtime: str, architecture: str) -> None:
    """Build the asset in the directory `target`, which is empty.

    Raises CalledProcessError when a library has no wheel for the platform, or fails its hash.
    """
    version = runtime.removeprefix("python")
    _install(target, version=version, platform=PLATFORMS[architecture])
    for package in PACKAGES:
        copy(package, target)
    _strip(target)
    _compile(target, version=version)


def copy(package: str, target: Path, source: Path = SOURCE) -> None:
    """Copy what functions need of a package, where there is one, into the directory `target`."""
    left_over = shutil.ignore_patterns(*LEFT_OVERS)
    apart = {source / "trailwarden" / name for name in NOT_SHIPPED}

    def ignored(folder: str, names: list[str]) -> set[str]:
        return left_over(folder, names) | {name for name in names if Path(folder, name) in apart}

    if (source / package).is_dir():
        shutil.copytree(source / package, target / package, ignore=ignored)


def _install(target: Path, *, version: str, platform: str, lock: Path = LOCK) -> None:
    """Install the locked libraries for another platform, wheels only, each checked by its hash."""
    arguments = ("pip", "install", "--system-certs", "--quiet", "--no-deps")
    locked = ("--require-hashes", "-r", str(lock))
    wheels = ("--only-binary", ":all:", "--python-platform", platform, "--python-version", version)
    placed = ("--target", str(target), "--no-compile-bytecode", "--link-mode", "copy")
    subprocess.run(  # noqa: S603 - uv, by its full path
        [find_uv_bin(), *arguments, *locked, *wheels, *placed], check=True
    )


def _strip(target: Path) -> None:
    """Remove what differs between builders, and what no function needs."""
    for path in (target / "bin", *target.rglob("__pycache__")):
        shutil.rmtree(path, ignore_errors=True)
    for path in (target / ".lock", *target.rglob("*.pyi")):
        path.unlink(missing_ok=True)
    for metadata in target.glob("*.dist-info"):
        for mark in BUILDERS_MARKS:
            (metadata / mark).unlink(missing_ok=True)


def _compile(target: Path, *, version: str) -> None:
    """Compile everything, with byte code that the runtime trusts without looking at the source."""
    python = interpreter(version)
    if not python:
        sys.stderr.write(
            f"No Python {version} is installed here, so the functions are deployed without byte"
            f" code and start more slowly. Install Python {version} and deploy again.\n"
        )
        return
    arguments = ("-P", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    subprocess.run(  # noqa: S603 - the interpreter that was found
        [python, *arguments, "-s", str(target), "-p", "/var/task", str(target)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # sets of constants in the same order each time
    )


def interpreter(version: str) -> str:
    """Return the path of a Python of `version`, such as `3.13`; nothing when there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = (
        sys.executable,
        shutil.which(f"python{version}"),
        *sorted(str(path) for path in pyenv.glob(f"{version}.*/bin/python")),
    )
    return next((path for path in candidates if path and _version(path) == version), "")


def _version(python: str) -> str:
    """Return the version of an interpreter; nothing for one that does not run."""
    question = "import sys; print('{}.{}'.format(*sys.version_info))"
    answer = subprocess.run(  # noqa: S603 - an interpreter on the path
        [python, "-I", "-c", question], check=False, capture_output=True, text=True
    )
    return answer.stdout.strip()
