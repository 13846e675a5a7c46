"""The templates of a few deployments, each synthesized once in a run of the tests."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Stack

from infra.config import Config
from tests.infra.naming import KEY_ID, LONGEST, Deployment
from tests.infra.templates import (
    ACCOUNT,
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

Make = Callable[[App, Config], Stack]
FORWARDING_REGION = "us-east-2"
LANDING_ZONE: dict[str, Any] = {
    "adopted_bucket": "logs",
    "adopted_bucket_owner": "444455556666",
    "home_account": ACCOUNT,
    "log_archive_region": "eu-north-1",
    "member_organizational_units": ["ou-ab12-12345678"],
    "organization_id": "o-a1b2c3d4e5",
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "own": {"data_events": ["lambda", "s3"]},
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


@pytest.fixture(scope="session")
def synthesized(shared: Shared) -> Callable[..., Resources]:
    """Give the resources of a stack, by its name, what makes it, and the choices."""

    def resources_of(stack: str, make: Make, /, **choices: Any) -> Resources:
        asked = json.dumps([stack, choices], sort_keys=True)
        name = f"template-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
        text = shared.text(name, lambda: json.dumps(resources(make(an_app(), config(**choices)))))
        found: Resources = json.loads(text)
        return found

    return resources_of


@pytest.fixture(scope="session")
def deployed(synthesized: Callable[..., Resources]) -> Callable[..., Resources]:
    """Give what a deployment with some choices makes in its home Region."""
    return lambda **choices: synthesized("home", home_stack, **choices)


@pytest.fixture(scope="session")
def forwarding(synthesized: Callable[..., Resources]) -> Callable[..., Resources]:
    """Give what a deployment with some choices makes in another Region."""
    return lambda **choices: synthesized(
        "forwarding", _forwarding_stack, forward_regions=[FORWARDING_REGION], **choices
    )


def _forwarding_stack(app: App, chosen: Config) -> Stack:
    return forwarding_stack(app, chosen, FORWARDING_REGION)


@pytest.fixture(scope="session")
def home(deployed: Callable[..., Resources]) -> Resources:
    return deployed()


@pytest.fixture(scope="session")
def elsewhere(forwarding: Callable[..., Resources]) -> Resources:
    return forwarding()


@pytest.fixture(scope="session")
def longest(
    deployed: Callable[..., Resources], forwarding: Callable[..., Resources]
) -> Callable[[str], Deployment]:
    """Give the layouts by name, each as the template of the longest stack name."""

    def deployment(layout: str) -> Deployment:
        if layout in LAYOUTS:
            return Deployment(deployed(stack_name=LONGEST, **LAYOUTS[layout]), LONGEST)
        if layout == "log archive":
            archive = log_archive_stack(an_app(), config(stack_name=LONGEST, **LANDING_ZONE))
            name = f"{LONGEST}-LogArchive"
            return Deployment(resources(archive), name, account="444455556666", region="eu-north-1")
        if layout == "member":
            found = member(config(stack_name=LONGEST, **LANDING_ZONE))
            return Deployment(found, f"StackSet-{LONGEST}-Members-{KEY_ID}")
        name = f"{LONGEST}-Forwarding"
        return Deployment(forwarding(stack_name=LONGEST), name, region=FORWARDING_REGION)

    return deployment
