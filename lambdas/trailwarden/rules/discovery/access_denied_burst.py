"""Burst of refusals over many actions.

A program that lacks a permission is refused the same call again and again. Ten different calls,
refused within half an hour, is somebody who tries what a stolen credential may do.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.actions import by_person_in_console

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/Scanner",))


def detect(event: Event) -> str | None:
    identity = event.user_identity
    if event.by_service or identity.is_service_linked_role or event.by_security_team:
        return None
    if identity.is_assumed_role and event.read_only and by_person_in_console(event):
        return None  # a page of the console asks for all that it could show
    return event.action[:100] if event.denied else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(DENIED_CODES)},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Ask the person, or the owners of the program, behind the credential. If it should "
    "not have been used that way, revoke its sessions and keys and look at the calls that worked.",
    false_positives="A role whose permissions were cut, a deployment with too few, and scanners.",
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("ten actions", *refusals(mallory))
    role = refusals(assumed_role("App"), errorCode="Client.UnauthorizedOperation")
    yield alerts("ten of EC2's", *role)
    yield silent("nine", *refusals(mallory, count=9))
    yield silent("ten in an hour and a half", *refusals(mallory, every=10))
    yield silent("one action, ten times", *refusals(mallory, different=1))
    yield silent("throttled", *refusals(mallory, errorCode="ThrottlingException"))
    yield silent("a scanner", *refusals(assumed_role("Scanner")))
    yield silent("a page", *refusals(sso_user("alice"), sessionCredentialFromConsole="true"))


def refusals(
    who: dict[str, Any], *, count: int = 10, every: int = 2, different: int = 10, **fields: Any
) -> list[Record]:
    return [
        denied(f"ec2:DescribeThing{n % different}", who, minute=n * every, **fields)
        for n in range(count)
    ]
