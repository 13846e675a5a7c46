"""API or load balancer was changed, or its keys read, by somebody new.

Whoever sets the routes of an API or a load balancer can send its visitors elsewhere, or open a way
in that asks for no login.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

READS = ("GetApiKey", "ListApiKeys")


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    verb = "keys read" if event.name in READS else "change"
    return f"{event.service} {verb} by {event.actor[:200]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:CreateApi",
        "apigateway:CreateApiKey",
        "apigateway:CreateDeployment",
        "apigateway:CreateIntegration",
        "apigateway:CreateRestApi",
        "apigateway:CreateRoute",
        "apigateway:CreateStage",
        "apigateway:GetApiKey",
        "apigateway:ImportRestApi",
        "apigateway:PutIntegration",
        "apigateway:PutMethod",
        "apigateway:UpdateIntegration",
        "apigateway:UpdateMethod",
        "apigateway:UpdateRestApi",
        "appsync:CreateApiKey",
        "appsync:ListApiKeys",
        "appsync:UpdateGraphqlApi",
        "appsync:UpdateResolver",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.INITIAL_ACCESS: ["T1190"],
        Tactic.CREDENTIAL_ACCESS: ["T1557", "T1552"],
        Tactic.COLLECTION: ["T1185"],
    },
    response="See where the routes lead and whether they ask for a login. If nobody knows the "
    "change, put the former routes back and replace the keys.",
    false_positives="New colleagues and new pipelines.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [
        call("apigateway:UpdateMethod", "bob", minute=day * 24 * 60) for day in range(0, 15, 5)
    ]
    later = 15 * 24 * 60
    yield alerts(
        "an API, by somebody new", *weeks, call("apigateway:PutMethod", "alice", minute=later)
    )
    rule = call("elasticloadbalancing:CreateRule", "alice", minute=later)
    yield alerts("a load balancer, by somebody new", *weeks, rule)
    yield alerts(
        "keys, by somebody known", *weeks, call("apigateway:GetApiKey", "bob", minute=later)
    )
    yield silent(
        "an API, by somebody known", *weeks, call("apigateway:PutMethod", "bob", minute=later)
    )


def call(action: str, name: str, *, minute: float) -> Record:
    return record(action, iam_user(name), minute=minute)
