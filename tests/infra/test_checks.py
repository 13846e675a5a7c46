"""The app as a whole, through every check that works without an account."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.functions.bundle import ROOT
from tests.infra.templates import ACCOUNT, REGION, context

CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"
OWN = {
    "data_events": ["lambda", "s3"],
    "deploy_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/Deploy"],
    "forward_regions": ["us-east-2"],
    "history": True,
    "object_lock": "governance",
    "organization_id": "o-a1b2c3d4e5",
    "management_account": ACCOUNT,
    "member_organizational_units": ["ou-ab12-12345678"],
    "outputs": ["json", "amazonq", "eventbridge", "securityhub", "securitylake", "slack"],
    "lake_location": "s3://company-lake/ext/trailwarden/",
    "output_secrets": {"slack": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hook-AbCdEf"},
    "routes": [
        {"outputs": ["slack"], "least_severity": "high"},
        {"addresses": ["payments@example.com"], "accounts": [ACCOUNT]},
    ],
    "response": "act",
    "response_asks": "critical",
    "second_topic_arn": f"arn:aws:sns:{REGION}:444455556666:second",
}
ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_bucket_owner": "444455556666",
    "adopted_key_arn": "arn:aws:kms:eu-north-1:444455556666:key/1234abcd",
    "adopted_topic_arn": "arn:aws:sns:eu-north-1:444455556666:new-log-files",
    "adopted_trail_arn": "arn:aws:cloudtrail:eu-central-1:444455556666:trail/organization",
    "forward_regions": ["us-east-2"],
}
LANDING_ZONE = {
    "adopted_bucket": "company-logs",
    "adopted_bucket_owner": "444455556666",
    "adopted_key_arn": "arn:aws:kms:eu-north-1:999988887777:key/1234abcd",
    "forward_regions": [],
    "home_account": ACCOUNT,
    "log_archive_region": "eu-north-1",
    "management_account": "999988887777",
    "member_organizational_units": ["ou-ab12-12345678"],
    "member_regions": ["us-east-1"],
    "organization_id": "o-a1b2c3d4e5",
}
STACKS = {
    "Trailwarden",
    "Trailwarden-Forwarding-us-east-2",
    "Trailwarden-LogArchive",
    "Trailwarden-Management-us-east-1",
}


CHOICES = [
    pytest.param(OWN, id="own"),
    pytest.param(ADOPTED, id="adopted", marks=pytest.mark.exhaustive),
    pytest.param(LANDING_ZONE, id="landing zone", marks=pytest.mark.exhaustive),
]


def ran(choices: dict[str, Any], target: Path, *, validates: bool) -> Path:
    """Run app.py as the CDK command line does; with cdk-nag and CDK's own validation, or not."""
    mails = {"alert_emails": ["security@example.com"]}
    chosen = {**context(), **mails, **choices, "aws:cdk:bundling-stacks": []}
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"},
        **({} if validates else {"CDK_VALIDATION": "false"}),
        "CDK_CONTEXT_JSON": json.dumps(chosen),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_OUTDIR": str(target),
    }
    answer = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return target


@pytest.fixture(scope="module", params=CHOICES)
def synthesized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(request.param, tmp_path_factory.mktemp("cdk.out"), validates=True)


@pytest.mark.exhaustive
@pytest.mark.fault(
    "template",
    "cdk-nag finds something that is not explained",
    "it finds nothing",
)
def test_nothing_is_found_that_is_not_explained(synthesized: Path) -> None:
    report = json.loads((synthesized / "validation-report.json").read_text(encoding="utf-8"))
    plugins = {plugin["pluginName"]: plugin for plugin in report["pluginReports"]}
    assert "AwsSolutions" in plugins  # CDK's own validation is told only when it finds something
    assert [plugin["violations"] for plugin in plugins.values()] == [[] for _ in plugins]


@pytest.mark.exhaustive
def test_every_explanation_explains_something(synthesized: Path) -> None:
    report = json.loads((synthesized / "validation-report.json").read_text(encoding="utf-8"))
    [plugin] = report["pluginReports"]
    explained = {found["ruleName"].partition("[")[0] for found in plugin["suppressedViolations"]}
    template = (synthesized / "Trailwarden.template.json").read_text(encoding="utf-8")
    of_histories = ("SF1", "SF2") if "AWS::StepFunctions::StateMachine" in template else ()
    assert explained == {f"AwsSolutions-{rule}" for rule in ("IAM5", "L1", "SQS3", *of_histories)}


@pytest.mark.parametrize("choices", CHOICES)
def test_the_choices_that_cost_much_are_said(choices: dict[str, Any], tmp_path: Path) -> None:
    ran(choices, tmp_path, validates=False)
    template = (tmp_path / "Trailwarden.template.json").read_text(encoding="utf-8")
    metadata = (tmp_path / "Trailwarden.metadata.json").read_text(encoding="utf-8")
    notices = [
        entry["data"]
        for entries in json.loads(metadata).values()
        for entry in entries
        if entry["type"] == "aws:cdk:info"
    ]
    has_trail = "AWS::CloudTrail::Trail" in template
    assert any("second copy" in notice for notice in notices) is has_trail


@pytest.mark.exhaustive
def test_cfn_lint_finds_nothing(synthesized: Path) -> None:
    templates = [*synthesized.glob("*.template.json"), *_templates_in_assets(synthesized)]
    answer = subprocess.run(
        [sys.executable, "-c", CFN_LINT, "--format", "parseable", *map(str, templates)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert len(templates) >= 2
    assert {path.name.partition(".")[0] for path in templates} <= {*STACKS, "asset"}
    assert answer.stdout == ""
    assert answer.returncode == 0


def _templates_in_assets(synthesized: Path) -> list[Path]:
    """Return the templates of StackSets, which are files of the app's own."""
    files = [path for path in synthesized.glob("asset.*.json") if path.is_file()]
    return [path for path in files if "Resources" in json.loads(path.read_text(encoding="utf-8"))]


def test_a_choice_that_cannot_be_meant_ends_with_a_sentence() -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": json.dumps(context()),
            "CDK_DEFAULT_REGION": REGION,
        },
    )
    assert answer.returncode == 1
    assert "set alert_emails in cdk.json to the addresses" in answer.stderr
    assert "Traceback" not in answer.stderr
