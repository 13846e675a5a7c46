"""Instances, key pairs or launch templates made by a new principal.

Somebody who never set up machines in this account does so now, or does so with a role they never
used for it. That is how a stolen key comes to computing power, or to another role's rights.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, instance_profile, values

TEMPLATES = (
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "autoscaling:CreateLaunchConfiguration",
)


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    kind = kind_of(event)
    return f"{kind} by {event.actor[:200]}" if kind else None


def kind_of(event: Event) -> str:
    profile = instance_profile(event)[:60]
    if event.action in LAUNCHES:
        return f"instance with {profile}" if profile else "instance"
    if event.action not in TEMPLATES:
        return "launch template" if event.name == "ModifyLaunchTemplate" else "key pair"
    has_user_data = any(True for _ in values(event.get("requestParameters"), "userData"))
    return "launch template" if profile or has_user_data else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *LAUNCHES,
        *TEMPLATES,
        "ec2:CreateKeyPair",
        "ec2:ImportKeyPair",
        "ec2:ModifyLaunchTemplate",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
    },
    response="Ask the principal's owner whether they set this up. If not, terminate the instances, "
    "delete key pair and template, and disable the credentials.",
    false_positives="New colleagues and new pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    bob = iam_user("bob")
    weeks = [record("ec2:RunInstances", bob, minute=day * 24 * 60) for day in range(0, 15, 5)]
    yield alerts("a new user launches", *weeks, later("ec2:RunInstances"))
    yield alerts("a new user imports a key pair", *weeks, later("ec2:ImportKeyPair"))
    data = {"LaunchTemplateData": {"UserData": "<sensitiveDataRemoved>"}}
    template = later("ec2:CreateLaunchTemplateVersion", CreateLaunchTemplateVersionRequest=data)
    yield alerts("a new user writes a template's script", *weeks, template)
    role = {"name": "deployer"}
    known = record(
        "ec2:RunInstances", bob, minute=AFTER, requestParameters={"iamInstanceProfile": role}
    )
    yield alerts("a known user launches with a new role", *weeks, known)
    yield silent("a known user launches", *weeks, record("ec2:RunInstances", bob, minute=AFTER))
    yield silent("a template without script or role", *weeks, later("ec2:CreateLaunchTemplate"))
    yield silent("nothing is known yet", later("ec2:RunInstances"))


AFTER = 15 * 24 * 60


def later(action: str, **asked: Any) -> Record:
    return record(action, iam_user("alice"), minute=AFTER, requestParameters=asked)
