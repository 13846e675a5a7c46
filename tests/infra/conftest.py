"""The templates of a few deployments, each synthesized once in a run of the tests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aws_cdk import Stack

from infra.config import Config
from tests.infra.naming import KEY_ID, LONGEST, Deployment
from tests.infra.templates import (
    ACCOUNT,
    REGION,
    Resources,
    an_app,
    config,
    forwarding_stack,
    home_stack,
    log_archive_stack,
    member,
    resources,
)
from tests.shared import Shared

FORWARDING_REGION = "us-east-2"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:trailwarden/slack-AbCdEf"
LANDING_ZONE: dict[str, Any] = {
    "adopted_bucket": "logs",
    "adopted_bucket_owner": "444455556666",
    "home_account": ACCOUNT,
    "log_archive_region": "eu-north-1",
    "member_organizational_units": ["ou-ab12-12345678"],
    "organization_id": "o-a1b2c3d4e5",
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "own": {
        "data_events": ["lambda", "s3"],
        "outputs": ["json", "slack"],
        "output_secrets": {"slack": SECRET},
        "response": "act",
    },
    "adopted": {
        "adopted_bucket": "logs",
        "adopted_prefix": "org",
        "adopted_key_arn": f"arn:aws:kms:eu-central-1:444455556666:key/{KEY_ID}",
    },
    "topic": {
        "adopted_bucket": "logs",
        "adopted_bucket_owner": "444455556666",
        "adopted_topic_arn": "arn:aws:sns:eu-central-1:444455556666:new-log-files",
    },
    "landing zone": LANDING_ZONE,
}


def once(shared: Shared, stack: str, make: Callable[[Config], Stack], **choices: Any) -> Resources:
    """Return the resources of a stack with some choices, which no other process makes again."""
    asked = json.dumps([stack, choices], sort_keys=True)
    name = f"template-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    text = shared.text(name, lambda: json.dumps(resources(make(config(**choices)))))
    found: Resources = json.loads(text)
    return found


COMPANY: dict[str, Any] = {
    "customer_key": True,
    "dispatch_concurrency": 0,
    "function_log_level": "WARN",
    "insights": True,
    "object_lock": "compliance",
    "operations_emails": ["ops@example.com"],
    "permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    "second_topic_arn": "arn:aws:sns:eu-central-1:444455556666:second",
    "security_group_ids": ["sg-0a1b2c3d"],
    "subnet_ids": ["subnet-0a1b2c3d"],
    "tags": {"CostCenter": "42"},
    "tracing": True,
    "version": "v1.2-3-gabcdef",
}
"""Choices of a demanding company. No test of one of them minds the others."""


@pytest.fixture(scope="session")
def deployed(shared: Shared) -> Callable[..., Resources]:
    """Give what a deployment with some choices makes in its home Region.

    Where they are among those of the demanding company, it has the others, too. Making each
    template takes seconds.
    """

    def made(**choices: Any) -> Resources:
        is_among = choices.keys() and choices.items() <= COMPANY.items()
        return once(shared, "home", _home, **(COMPANY if is_among else choices))

    return made


def _home(chosen: Config) -> Stack:
    return home_stack(an_app(), chosen)


def _forwarding(chosen: Config) -> Stack:
    return forwarding_stack(an_app(), chosen, FORWARDING_REGION)


def _log_archive(chosen: Config) -> Stack:
    return log_archive_stack(an_app(), chosen)


@pytest.fixture(scope="session")
def home(deployed: Callable[..., Resources]) -> Resources:
    return deployed()


@pytest.fixture(scope="session")
def elsewhere(shared: Shared) -> Resources:
    return once(shared, "forwarding", _forwarding, forward_regions=[FORWARDING_REGION])


def synthesized(layout: str) -> Deployment:
    """Return a layout as the template of the longest stack name, without a fixture."""
    with TemporaryDirectory() as folder:
        shared = Shared(Path(folder))
        return named(layout, shared, lambda **choices: once(shared, "home", _home, **choices))


@pytest.fixture(scope="session")
def longest(shared: Shared, deployed: Callable[..., Resources]) -> Callable[[str], Deployment]:
    """Give the layouts by name, each as the template of the longest stack name."""
    return lambda layout: named(layout, shared, deployed)


def named(layout: str, shared: Shared, deployed: Callable[..., Resources]) -> Deployment:
    """Return a layout as the template of the longest stack name."""
    if layout in LAYOUTS:
        return Deployment(deployed(stack_name=LONGEST, **LAYOUTS[layout]), LONGEST)
    if layout == "log archive":
        choices = {"stack_name": LONGEST, **LANDING_ZONE}
        found = once(shared, layout, _log_archive, **choices)
        name = f"{LONGEST}-LogArchive"
        return Deployment(found, name, account="444455556666", region="eu-north-1")
    if layout == "member":
        found = member(config(stack_name=LONGEST, **LANDING_ZONE))
        return Deployment(found, f"StackSet-{LONGEST}-Members-{KEY_ID}")
    choices = {"stack_name": LONGEST, "forward_regions": [FORWARDING_REGION]}
    found = once(shared, layout, _forwarding, **choices)
    return Deployment(found, f"{LONGEST}-Forwarding", region=FORWARDING_REGION)
