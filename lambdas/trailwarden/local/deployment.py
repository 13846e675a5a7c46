"""Deploys the app with the real `cdk`, as it would be deployed into an account."""

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from trailwarden.local.cloud import ACCOUNT, REGION, Cloud, without_aws
from trailwarden.local.problem import LocalError

PROJECT = Path(__file__).parents[3]
CDK = PROJECT / "node_modules" / ".bin" / "cdk"
COMMAND_SECONDS = 300
QUIETLY = ("--no-notices", "--no-color")
MAILBOX = "alerts@example.com"
"""Whom SNS would write to. moto sends no mail; `mailbox` reads along."""

OF_OTHER_ACCOUNTS = (
    *("adopted_", "home_account", "log_archive_", "management_account", "member_"),
    *("organization_id", "second_topic_arn"),
)
"""How the names of choices begin that say what other accounts have or are."""

ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}


class Deployment:
    """The app in a local AWS: deployed once, and again as often as something changed."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self._cloud = cloud
        self._folder = folder
        self._assembly = folder / "cdk.out"
        self._outputs = folder / "outputs.json"
        _check_environment()

    def bootstrap(self) -> None:
        """Prepare the account, as one does once."""
        elsewhere = self._folder / "bootstrap"  # where no app is synthesized for nothing
        elsewhere.mkdir(exist_ok=True)
        self._cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=elsewhere)

    def deploy(self, **choices: str) -> tuple[str, dict[str, str]]:
        """Deploy with `choices` over those in cdk.json; return the stack's name and its outputs."""
        shutil.rmtree(self._assembly, ignore_errors=True)  # of an earlier run, cdk reads the errors
        chosen = _choices() | choices
        context = [f"--context={name}={value}" for name, value in chosen.items()]
        self._cdk(
            "deploy",
            chosen["stack_name"],  # the app may have stacks of other accounts
            f"--app={shlex.quote(sys.executable)} app.py",
            f"--output={self._assembly}",
            f"--outputs-file={self._outputs}",
            "--method=direct",  # moto's change sets compute no outputs,
            "--no-previous-parameters",  # and its updates know no earlier parameters
            "--require-approval=never",
            *context,
            cwd=PROJECT,
        )
        ((name, outputs),) = json.loads(self._outputs.read_text()).items()
        return name, outputs

    def template(self, stack_name: str) -> dict[str, Any]:
        """Return the synthesized template."""
        template: dict[str, Any] = json.loads(
            (self._assembly / f"{stack_name}.template.json").read_text()
        )
        return template

    def _cdk(self, *arguments: str, cwd: Path) -> None:
        """Run a command of cdk. Raises LocalError with its output."""
        log = self._folder / "cdk.log"
        try:
            done = subprocess.run(  # noqa: S603 - cdk, by its full path
                [CDK, *arguments, *QUIETLY],
                check=False,
                cwd=cwd,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise LocalError(f"cdk {arguments[0]} took more than {COMMAND_SECONDS} s") from error
        with log.open("ab") as file:
            file.write(done.stdout)
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace").strip()
            raise LocalError(f"cdk {arguments[0]} failed:\n{said[-4000:]}")

    def _environ(self) -> dict[str, str]:
        return {
            **without_aws(dict(os.environ)),
            **self._cloud.environ(),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_VALIDATION": "false",  # `make test` validates; here it would take ten seconds
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        }


def _choices() -> dict[str, str]:
    """Return the choices that a local deployment makes, over those of cdk.json."""
    told = json.loads((PROJECT / "cdk.json").read_text())["context"]
    alone = {name: "" for name in told if name.startswith(OF_OTHER_ACCOUNTS)}
    return alone | {
        "stack_name": told["stack_name"],
        "home_region": REGION,
        "forward_regions": "",
        "alert_emails": MAILBOX,
        # The company's key, policy and network are not here, and moto tags no keys.
        **dict.fromkeys(("permissions_boundary", "security_group_ids", "subnet_ids", "tags"), ""),
        "customer_key": "false",
        "lambda_runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "lambda_architecture": ARCHITECTURES[platform.machine().lower()],
    }


def _check_environment() -> None:
    """Raise LocalError where something is missing that a local deployment needs."""
    if not (PROJECT / "app.py").is_file():
        raise LocalError("the local deployment needs the project's folder: run it from a clone")
    if sys.platform != "linux":
        raise LocalError(
            "the local deployment runs the functions' own libraries, which are those of Linux: run"
            " it on Linux, in a container or in WSL"
        )
    if platform.machine().lower() not in ARCHITECTURES:
        raise LocalError(f"Lambda has no {platform.machine()} processors to play")
    if not shutil.which("node"):
        raise LocalError("Node.js is not installed: install version 20 or later, then say npm ci")
    if not CDK.exists():
        raise LocalError("cdk is not installed: say npm ci in the project's folder")
