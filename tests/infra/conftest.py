"""The templates of a few deployments."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

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


@cache
def _home(choices: str) -> Resources:
    return resources(home_stack(an_app(), config(**json.loads(choices))))


@pytest.fixture(scope="session")
def deployed() -> Callable[..., Resources]:
    """Give what a deployment with some choices makes; each is synthesised once."""
    return lambda **choices: _home(json.dumps(choices, sort_keys=True))


@pytest.fixture(scope="session")
def home(deployed: Callable[..., Resources]) -> Resources:
    return deployed()


@pytest.fixture(scope="session")
def elsewhere() -> Resources:
    chosen = config(forward_regions=["us-east-2"])
    return resources(forwarding_stack(an_app(), chosen, "us-east-2"))


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
FORWARDING_REGION = "us-east-2"


@cache
def _longest(layout: str) -> Deployment:
    """Return a layout under the longest stack name that is admitted."""
    if layout in LAYOUTS:
        return Deployment(_home(json.dumps({"stack_name": LONGEST, **LAYOUTS[layout]})), LONGEST)
    if layout == "log archive":
        archive = log_archive_stack(an_app(), config(stack_name=LONGEST, **LANDING_ZONE))
        found, name = resources(archive), f"{LONGEST}-LogArchive"
        return Deployment(found, name, account="444455556666", region="eu-north-1")
    if layout == "member":
        found = member(config(stack_name=LONGEST, **LANDING_ZONE))
        return Deployment(found, f"StackSet-{LONGEST}-Members-{KEY_ID}")
    chosen = config(stack_name=LONGEST, forward_regions=[FORWARDING_REGION])
    found = resources(forwarding_stack(an_app(), chosen, FORWARDING_REGION))
    return Deployment(found, f"{LONGEST}-Forwarding", region=FORWARDING_REGION)


@pytest.fixture(scope="session")
def longest() -> Callable[[str], Deployment]:
    """Give the layouts by name, each as the template of the longest stack name."""
    return _longest
