"""Secrets pulled in many batches.

Each call returns up to twenty secrets. Page after page of them is the whole store, whatever the
filter was.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    pod = event.user_identity.text("sessionContext.webIdFederationData.federatedProvider")
    return event.succeeded and not event.by_automation and "oidc.eks." not in pod


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that the "
    "principal could read, most privileged first, and look for logins with them since.",
    false_positives="A tool that copies all secrets. Name its role in `deploy_roles`.",
    correlation=EventCount(at_least=5, timespan=timedelta(minutes=30), group_by=by_actor),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
    ],
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("five in five minutes", *[batch(n, mallory) for n in range(5)])
    yield silent("four", *[batch(n, mallory) for n in range(4)])
    yield silent("five in two hours", *[batch(n * 30, mallory) for n in range(5)])
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/1"
    pod = assumed_role("operator", webIdFederationData={"federatedProvider": provider})
    yield silent("an operator in a cluster", *[batch(n, pod) for n in range(5)])


def batch(minute: int, identity: dict[str, Any]) -> Record:
    told = {"filters": [{"key": "tag-key", "values": ["shop"]}]}
    action = "secretsmanager:BatchGetSecretValue"
    return record(action, identity, minute=minute, requestParameters=told)
