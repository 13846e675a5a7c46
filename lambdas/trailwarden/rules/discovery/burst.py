"""Several services explored within minutes.

A principal with a stolen credential does not know its use, and asks for users, machines, buckets
and secrets. Colleagues know, and programs ask for the things that they need.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from trailwarden import (
    EITHER,
    SECURITY_WORK,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SWEEPS, SpreadCount, asks_for_everything


def detect(event: Event) -> Match | None:
    if event.from_console or not asks_for_everything(event):
        return None
    return Match(event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SWEEPS,
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1526", "T1619", "T1087.004"]},
    response="Ask the person behind the credential whether they look around. If they do not, or it "
    "is a machine's, revoke its sessions and keys. Then read its next acts.",
    false_positives="Inventory and posture scanners. Name their roles in `security_roles`.",
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
    yield alerts("eight calls", *calls())
    yield alerts("the same, refused", *(refused(name, minute=n) for n, name in enumerate(CALLS)))
    for first in range(0, len(SWEEPS), 4):
        swept = (SWEEPS + SWEEPS)[first : first + 4]
        more = [*swept, *(call for call in CALLS if call not in swept)][:8]
        yield alerts(f"eight from {swept[0]}", *calls(more))
    yield silent("seven", *calls(CALLS[:7]))
    names = ("Users", "Roles", "Groups", "Policies", "SAMLProviders", "InstanceProfiles")
    yield silent("one service", *calls([f"iam:List{name}" for name in names]))
    yield silent("in the console", *calls(fields={"sessionCredentialFromConsole": "true"}))
    one = [request(n, minute=m, fields={"requestParameters": ONE}) for m, n in enumerate(EC2)]
    yield silent("one thing each", *one)


ONE = {"filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "v"}]}}]}}
EC2 = [name for name in SWEEPS if name.startswith("ec2:")]


def calls(names: Sequence[str] = CALLS, *, fields: dict[str, Any] | None = None) -> list[Record]:
    return [request(name, minute=n, fields=fields) for n, name in enumerate(names)]
