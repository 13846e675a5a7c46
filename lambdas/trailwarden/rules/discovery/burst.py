"""Burst of discovery over several services.

Someone who holds a credential for the first time does not know what it opens, and asks: who am I,
which users, machines, buckets, secrets are there. People who work here know, and programs ask for
what they need.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment
from trailwarden.services.actions import (
    SWEEPS,
    SpreadCount,
    asks_for_everything,
    by_person_in_console,
)

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/Scanner",))


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team or by_person_in_console(event):
        return None
    return event.action if asks_for_everything(event) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SWEEPS,
    where=NOT_BY_SERVICE,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1526", "T1619", "T1087.004"]},
    response="Ask the person behind the credential whether they are looking around. If they are "
    "not, or it is a machine's, revoke its sessions and keys, and read what it did next.",
    false_positives="Inventory and posture scanners; name their roles in the environment.",
    correlation=SpreadCount(
        at_least=8, services=3, timespan=timedelta(minutes=10), group_by=by_actor
    ),
)

CALLS = (
    "sts:GetCallerIdentity",
    "iam:ListUsers",
    "s3:ListBuckets",
    "ec2:DescribeInstances",
    "iam:ListRoles",
    "lambda:ListFunctions20150331",
    "rds:DescribeDBInstances",
    "secretsmanager:ListSecrets",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("eight calls", *calls(mallory))
    yield alerts("the same, refused", *calls(mallory, refused=True))
    yield silent("seven", *calls(mallory, CALLS[:7]))
    yield silent("eight in an hour", *calls(mallory, every=8))
    names = ("Users", "Roles", "Groups", "Policies", "SAMLProviders", "InstanceProfiles")
    yield silent("one service", *calls(mallory, [f"iam:List{name}" for name in names]))
    yield silent("a scanner", *calls(assumed_role("Scanner")))
    yield silent("in the console", *calls(mallory, sessionCredentialFromConsole="true"))
    one = {"filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "v"}]}}]}}
    yield silent("one thing each", *calls(mallory, requestParameters=one))


def calls(
    who: dict[str, Any],
    names: Sequence[str] = CALLS,
    *,
    every: float = 1,
    refused: bool = False,
    **fields: Any,
) -> list[Record]:
    build = denied if refused else record
    return [build(name, who, minute=n * every, **fields) for n, name in enumerate(names)]
