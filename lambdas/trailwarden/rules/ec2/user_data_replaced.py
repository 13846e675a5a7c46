"""Start-up script of an existing instance was replaced.

User data runs as root when an instance starts. Whoever stops an instance, puts a script of their
own there and starts it again owns the machine and its role, without any login.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.environment import Environment
from trailwarden.services.ec2 import instance_ids, values


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    attribute = text_of(dig(asked, "attribute")).lower()
    if attribute != "userdata" and not any(True for _ in values(asked, "userData")):
        return None
    instance = next(iter(instance_ids(event)), "an instance")[:40]
    return Match(f"new user data for {instance}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyInstanceAttribute"],
    severity=Severity.HIGH,
    attack={
        Tactic.EXECUTION: ["T1059"],
        Tactic.PERSISTENCE: ["T1037"],
        Tactic.DEFENSE_EVASION: ["T1578.005"],
    },
    response="Ask whoever changed it. If nobody knows, isolate the instance, read the user data it "
    "now has, and revoke the sessions of the instance's role.",
    false_positives="Infrastructure as code that somebody runs from their own computer.",
)


def examples() -> Iterator[Example]:
    hidden = {"instanceId": "i-0123456789abcdef0", "userData": "<sensitiveDataRemoved>"}
    named = {"instanceId": "i-0123456789abcdef0", "attribute": "userData", "value": "c2xlZXA="}
    yield alerts("a user replaces it", change(iam_user("alice"), hidden))
    yield alerts("written as an attribute", change(iam_user("alice"), named))
    other = {"instanceId": "i-0123456789abcdef0", "ebsOptimized": True}
    yield silent("another attribute", change(iam_user("alice"), other))
    yield silent("a deploy role", change(assumed_role("deploy"), hidden))
    failed = change(iam_user("alice"), hidden, errorCode="Client.IncorrectInstanceState")
    yield silent("the instance runs", failed)


ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def change(identity: Fields, asked: Fields, **fields: Any) -> Record:
    return record("ec2:ModifyInstanceAttribute", identity, requestParameters=asked, **fields)
