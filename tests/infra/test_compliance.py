"""The page on compliance names what packs of cdk-nag find, and nothing else."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import NIST80053R5Checks, ServerlessChecks

from infra.functions.bundle import ROOT
from tests.infra.templates import config, context, forwarding_stack, home_stack

ROW = re.compile(r"\| `((?:NIST|Serverless)[\w.-]+)` \| [^|]+ \| (?:`(\w+)`)? ?\| [^|]+ \|")
ANSWERS: Mapping[str, Any] = {
    "customer_key": True,
    "lambda_runtime": "python3.14",
    "subnet_ids": ["subnet-0a1b2c3d"],
    "tracing": True,
}
"""The choices that end findings, by what the page says."""


@cache
def explained() -> dict[str, str]:
    """Return the findings that the page explains, and the choices that end them, if any do."""
    page = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
    return dict(ROW.findall(page))


def found(**choices: Any) -> set[str]:
    """Return what the packs find in the templates of a deployment with some choices."""
    chosen = config(forward_regions=["us-east-2"], **choices)
    with TemporaryDirectory() as directory:
        app = App(outdir=directory, context={**context(), "aws:cdk:bundling-stacks": []})
        home_stack(app, chosen)
        forwarding_stack(app, chosen, "us-east-2")
        Validations.of(app).add_plugins(NIST80053R5Checks(app), ServerlessChecks(app))
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()
        report = json.loads((Path(directory) / "validation-report.json").read_text("utf-8"))
    plugins = report["pluginReports"]
    assert {plugin["pluginName"] for plugin in plugins} == {"NIST.800.53.R5", "Serverless"}
    return {found["ruleName"] for plugin in plugins for found in plugin["violations"]}


@pytest.mark.exhaustive
def test_the_page_explains_each_finding_and_no_other() -> None:
    assert found() == explained().keys()


def test_each_choice_that_the_page_names_can_be_made() -> None:
    assert {choice for choice in explained().values() if choice} == ANSWERS.keys()


@pytest.mark.exhaustive
def test_what_no_choice_ends_stays_and_the_choices_bring_nothing_new() -> None:
    stays = {finding for finding, choice in explained().items() if not choice}
    assert found(**ANSWERS, security_group_ids=["sg-0a1b2c3d"]) == stays
