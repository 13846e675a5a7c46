"""The page on reliability says what the templates and the tests say."""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.functions.bundle import ROOT
from tests.infra.naming import Deployment
from tests.infra.reliability import LAYOUTS, PAGE, tables, written
from tests.infra.test_tampering import ACTS
from trailwarden.contract.permissions import FUNCTIONS, permissions

TEXT = PAGE.read_text(encoding="utf-8")
POLICY = ROOT / "docs" / "policies" / "only-the-deploy-role.json"
LIMIT = 5_120
"""How many characters a service control policy may have."""

IAM_NAMES = {
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
}
"""Actions that have another name than the operations that need them."""
OTHERS = {"kms:RevokeGrant", "sqs:StartMessageMoveTask"}
"""Acts that the policy lets be: services and `trailwarden redrive` do them."""


@pytest.mark.exhaustive
def test_the_tables_are_those_of_the_templates(longest: Callable[[str], Deployment]) -> None:
    made = tables({layout: longest(layout) for layout in LAYOUTS})
    assert written(TEXT, made) == TEXT, "say `python -m tests.infra.reliability`"


def test_every_fault_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 20
    missing = [
        (file, test)
        for file, test in named
        if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def statements() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(POLICY.read_text(encoding="utf-8"))["Statement"]
    return told


def denied(action: str) -> bool:
    return any(fnmatchcase(action, like) for s in statements() for like in s["Action"])


def test_the_policy_denies_every_act_that_blinded_the_pipeline() -> None:
    names = {"monitoring": "cloudwatch"}
    acts = [
        f"{names.get(service, service)}:{IAM_NAMES.get(act, act)}"
        for service, some in ACTS.items()
        for act in some
    ]
    assert {act for act in acts if not denied(act)} == OTHERS


def test_the_policy_denies_nothing_that_the_functions_do() -> None:
    does = {
        action
        for function in FUNCTIONS
        for actions in permissions(function, account_names=True).values()
        for action in actions
    }
    assert [action for action in does if denied(action)] == []


def test_the_policy_is_short_enough() -> None:
    text = json.dumps(json.loads(POLICY.read_text(encoding="utf-8")), separators=(",", ":"))
    assert len(text) <= LIMIT
