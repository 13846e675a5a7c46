"""CloudWatch logs deleted.

A deleted log group is gone at once, with all it ever held. For an intruder that is the fastest way
to lose the traces of what ran on a machine or in a function.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.audit_settings import holds_security_logs

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",))


def detect(event: Event) -> Match | None:
    group = event.text("requestParameters.logGroupName")
    if not event.succeeded or event.by_service or event.user_identity.is_service_linked_role:
        return None
    what = "stream of " if event.name == "DeleteLogStream" else ""
    if holds_security_logs(event, group):
        return Match(f"{what}{group[:150]}", severity=Severity.HIGH, subject=group[:300])
    return None if event.by_automation else Match(f"{what}{group[:150]}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["logs:DeleteLogGroup", "logs:DeleteLogStream"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"], Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If they did not mean to, revoke their access and look for copies: a "
    "subscription, an export to S3. Then look at what wrote to those logs in the hours before.",
    false_positives="Clearing up after something that is gone; name the roles that deploy.",
    references=[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"
    ],
)


def examples() -> Iterator[Example]:
    ops, deploy = assumed_role("Ops"), assumed_role("Deploy")
    yield alerts("a trail's group", delete("aws-cloudtrail-logs-111122223333", ops))
    yield alerts("flow logs, by a deploy role", delete("/vpc/flow-logs", deploy))
    yield alerts("any group, by a user", delete("/aws/lambda/payments", iam_user("mallory")))
    stream = {"logGroupName": "/app", "logStreamName": "i-0123456789abcdef0"}
    yield alerts("a stream", record("logs:DeleteLogStream", ops, requestParameters=stream))
    yield silent("any group, deployed", delete("/aws/lambda/payments", deploy))
    yield silent("by a service", delete("/vpc/flow-logs", aws_service("cloudformation")))
    yield silent("refused", denied("logs:DeleteLogGroup", ops))


def delete(group: str, identity: dict[str, Any]) -> Record:
    return record("logs:DeleteLogGroup", identity, requestParameters={"logGroupName": group})
