"""Inline policy written to a group.

A group's inline policy gives rights to all its members at once, and shows in no list of policies.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import policy_name


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    group = event.text("requestParameters.groupName")
    return Match(f"{policy_name(event)} to {group}"[:100], subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:PutGroupPolicy"],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Read the policy and the list of the group's members. If nobody asked for it, delete "
    "the policy, and review what the members did since, beginning with its author.",
    false_positives="An administrator who changes a group by hand.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("by a user", told(iam_user("mallory")))
    yield alerts("by a person", told(sso_user("eve")))
    yield silent("a deploy role", told(assumed_role("deploy")))
    yield silent("refused", denied("iam:PutGroupPolicy", iam_user("mallory")))


def told(by: Fields) -> Record:
    document = policy("s3:GetObject", "arn:aws:s3:::photos/*")
    what = {"groupName": "staff", "policyName": "p", "policyDocument": document}
    return record("iam:PutGroupPolicy", by, requestParameters=what)
