"""The workflow that people copy."""

import json
import re
from typing import Any

from infra.functions.bundle import ROOT

WORKFLOW = (ROOT / "docs" / "ci" / "deploy.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def package(name: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return described


def job(name: str) -> str:
    """Return the text of a job."""
    [found] = re.findall(rf"^  {name}:\n((?:    .*\n|\n)+)", WORKFLOW, re.MULTILINE)
    text: str = found
    return text


def test_every_action_is_pinned_by_its_commit() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW)
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
