"""The workflow that people copy, and the one that proves a release."""

import ast
import json
import re
import shlex
import textwrap
from dataclasses import fields
from itertools import pairwise
from typing import Any

import pytest
import yaml

from infra.config import Config
from infra.functions.bundle import ROOT
from trailwarden.cli import parser

WORKFLOW = (ROOT / "docs" / "ci" / "deploy.yml").read_text(encoding="utf-8")
ACCEPTANCE = (ROOT / ".github" / "workflows" / "acceptance.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def package(name: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return described


def job(name: str) -> str:
    """Return the text of a job."""
    [found] = re.findall(rf"^  {name}:\n((?:    .*\n|\n)+)", WORKFLOW, re.MULTILINE)
    text: str = found
    return text


@pytest.mark.parametrize("workflow", [WORKFLOW, ACCEPTANCE])
def test_every_action_is_pinned_by_its_commit(workflow: str) -> None:
    used = re.findall(r"uses: (\S+)", workflow)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


def test_the_cdk_command_line_is_pinned() -> None:
    version = package("package.json")["devDependencies"]["aws-cdk"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert package("package-lock.json")["packages"]["node_modules/aws-cdk"]["version"] == version


def test_nothing_happens_in_aws_without_configuration() -> None:
    assert "vars.DIFF_ROLE_ARN != ''" in job("diff")
    assert "vars.DEPLOY_ROLE_ARN != ''" in job("deploy")
    assert "configure-aws-credentials" not in job("test")


def test_a_fork_gets_no_role() -> None:
    assert "head.repo.full_name == github.repository" in job("diff")
    assert "pull_request_target" not in WORKFLOW


def test_only_main_is_deployed_by_an_environment() -> None:
    assert "github.ref == 'refs/heads/main'" in job("deploy")
    assert "environment: production" in job("deploy")
    assert "cdk deploy" not in job("diff")


def test_a_job_has_the_permissions_that_it_needs() -> None:
    assert "\npermissions: {}\n" in WORKFLOW
    assert [name for name in ("test", "diff", "deploy") if "id-token" in job(name)] == [
        "diff",
        "deploy",
    ]


def test_trust_policies_name_one_subject_without_a_wildcard() -> None:
    subjects = set(re.findall(r"repo:[\w./:*-]+", PAGE))
    assert subjects == {
        "repo:example-org/trailwarden:environment:production",
        "repo:example-org/trailwarden:pull_request",
    }
    assert "StringLike" not in PAGE


def test_node_is_a_version_that_cdk_supports() -> None:
    assert re.search(r'NODE_VERSION: "(22|24)"', WORKFLOW)
    assert package("package.json")["engines"] == {"node": ">=20"}


def steps() -> list[dict[str, Any]]:
    """Return the steps that prove a release."""
    found: list[dict[str, Any]] = yaml.safe_load(ACCEPTANCE)["jobs"]["acceptance"]["steps"]
    return found


def commands(beginning: str) -> list[list[str]]:
    """Return the words of each command that begins so, up to what the shell does with it."""
    scripts = "\n".join(step.get("run", "") for step in steps()).replace("\\\n", " ")
    found = re.findall(rf"(?:^|[\s;])({beginning} [^\n|;]*?)(?= 2>&1|\s*[|;\n]|$)", scripts)
    return [shlex.split(command, comments=True) for command in found]


def test_a_release_is_deployed_drilled_verified_and_destroyed_in_this_order() -> None:
    words = (" ".join(step.get("run", "").split()) for step in steps())
    order = [
        name
        for text in words
        for name in ("cdk deploy", "trailwarden drill", "trailwarden verify", "cdk destroy")
        if name in text
    ]
    assert order == ["cdk deploy", "trailwarden drill", "trailwarden verify", "cdk destroy"]


def test_the_commands_that_prove_a_release_are_there() -> None:
    found = commands("trailwarden")
    assert {words[1] for words in found} == {"drill", "status", "verify"}
    for words in found:
        assert parser().parse_args(words[1:]).run


def test_the_choices_that_prove_a_release_are_there() -> None:
    known = {field.name for field in fields(Config)}
    for words in (*commands("npx cdk deploy"), *commands("npx cdk destroy")):
        chosen = {word.partition("=")[0] for flag, word in pairwise(words) if flag == "-c"}
        assert chosen == {"stack_name", "alert_emails", "termination_protection"}
        assert chosen <= known


def test_a_failed_release_is_destroyed_too_as_a_role_that_lasts() -> None:
    *_, role, destroy, remove = steps()
    assert "configure-aws-credentials" in role["uses"]
    assert "cdk destroy" in destroy["run"]
    assert [step["if"] for step in (role, destroy, remove)] == ["always()"] * 3
    script = remove["run"].partition("END'\n")[2].rpartition("END")[0]
    assert ast.parse(textwrap.dedent(script)).body


def test_a_release_is_proved_in_an_environment_of_its_own_and_by_choice() -> None:
    job = yaml.safe_load(ACCEPTANCE)["jobs"]["acceptance"]
    assert job["environment"] == "acceptance"
    assert job["if"] == "vars.ACCEPTANCE_ROLE_ARN != ''"
    assert "pull_request" not in ACCEPTANCE
    assert "<<:" not in ACCEPTANCE  # GitHub has no merge keys
