"""Synthesizes deployments without CDK's own validation, which takes ten seconds."""

import os

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
os.environ["CDK_VALIDATION"] = "false"  # test_checks.py has it

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Template

from infra.config import Config
from infra.functions.bundle import ROOT
from infra.ingest.forwarding import ForwardingStack
from infra.ingest.log_archive import LogArchiveStack
from infra.ingest.members import member_template
from infra.stack import TrailwardenStack
from trailwarden import catalog

Resources: TypeAlias = dict[str, dict[str, Any]]

ACCOUNT = "111122223333"
REGION = "eu-central-1"


def context() -> dict[str, Any]:
    """Return the context of cdk.json, which CDK does not read under pytest."""
    told: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    return told["context"]


def config(**choices: Any) -> Config:
    chosen = {**context(), "alert_emails": ["security@example.com"], **choices}
    return Config.from_context(chosen, account=ACCOUNT, region=REGION)


def an_app() -> App:
    """Make an app that bundles nothing: what is in the asset has its own test."""
    return App(context={**context(), "aws:cdk:bundling-stacks": []})


def home_stack(app: App, chosen: Config) -> TrailwardenStack:
    home = Environment(account=ACCOUNT, region=REGION)
    rules = catalog.load().rules
    return TrailwardenStack(app, chosen.stack_name, config=chosen, rules=rules, env=home)


def forwarding_stack(app: App, chosen: Config, region: str) -> ForwardingStack:
    env = Environment(account=ACCOUNT, region=region)
    rules = catalog.load().rules
    return ForwardingStack(app, f"Forwarding-{region}", config=chosen, rules=rules, env=env)


def log_archive_stack(app: App, chosen: Config) -> LogArchiveStack:
    env = Environment(account=chosen.adopted_bucket_owner, region=chosen.log_archive_region)
    return LogArchiveStack(app, "LogArchive", config=chosen, env=env)


def member(chosen: Config) -> Resources:
    """Return what the template of a member account makes."""
    found: Resources = member_template(chosen, catalog.load().rules)["Resources"]
    return found


def resources(stack: Stack) -> Resources:
    found: Resources = Template.from_stack(stack).to_json()["Resources"]
    return found


def of_type(found: Resources, kind: str) -> Resources:
    """Return the resources of a kind, such as `SQS::Queue`, by logical id."""
    return {name: r for name, r in found.items() if r["Type"] == f"AWS::{kind}"}


def statements(found: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every policy with the logical id of what holds it."""
    documents = ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy")
    for name, resource in found.items():
        for document in documents:
            told = resource.get("Properties", {}).get(document, {})
            for statement in told.get("Statement", []):
                yield name, statement
