"""All users, roles and policies read at once.

One call returns who exists and who may do what: the map that an intruder draws before choosing a
way. Scanners do so every day, people hardly ever.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if event.by_automation or event.by_security_team:
        return None
    whole = event.name == "GetAccountAuthorizationDetails"
    return Match("read IAM", severity=Severity.MEDIUM if whole else Severity.LOW)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:GenerateCredentialReport",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetCredentialReport",
        "iam:SimulatePrincipalPolicy",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Find out who it is and what program they used. If they do not know of it, disable "
    "the credentials, and look at what else they read and changed.",
    false_positives="An auditor or a new scanner. Each is reported once in 60 days; name scanners "
    "as security roles of the environment.",
    correlation=FirstSeen(learning=timedelta(0), timespan=timedelta(days=60), group_by=by_actor),
)

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def examples() -> Iterator[Example]:
    yield alerts("by a user", told("GetAccountAuthorizationDetails"))
    refused = told("GetAccountAuthorizationDetails", errorCode="AccessDenied")
    yield alerts("by a user who is refused", refused)
    yield alerts("the credential report", told("GetCredentialReport", assumed_role("app")))
    yield silent("a scanner", told("GetAccountAuthorizationDetails", assumed_role("scanner")))
    config = aws_service("config")
    yield silent("a service", told("GetAccountAuthorizationDetails", config))


def told(name: str, by: Fields | None = None, **fields: Any) -> Record:
    return record(f"iam:{name}", by or iam_user("mallory"), **fields)
