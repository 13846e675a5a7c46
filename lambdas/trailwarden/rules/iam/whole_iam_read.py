"""All users, roles and policies read at once.

One request returns all principals and their rights. An intruder draws this map before choosing a
way. Scanners read it every day, and people hardly ever.
"""

from collections.abc import Iterator

from trailwarden import (
    ATTEMPTED,
    SECURITY_WORK,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    first_use,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, assumed_role, refused, request
from trailwarden.environment import Environment

ACTS = {
    "GenerateCredentialReport": "Credential report of IAM generated",
    "GetAccountAuthorizationDetails": "All users, roles and policies read at once",
    "GetCredentialReport": "Credential report of IAM read",
    "SimulatePrincipalPolicy": "Rights of a principal tried out",
}


def detect(event: Event) -> Match:
    whole = event.name == "GetAccountAuthorizationDetails"
    severity = Severity.MEDIUM if whole else Severity.LOW
    principal = event.request("policySourceArn") or event.name
    return Match("read IAM", severity=severity, subject=principal, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Find the owner of the credentials and the program. If the owner does not know of it, "
    "disable the credentials, and look at the other requests of the caller.",
    false_positives="An auditor or a new scanner. The alert comes once in 60 days for each caller. "
    "Name scanners in `security_roles`.",
    correlation=first_use(by_actor, days=60, learning=0),
)

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def examples() -> Iterator[Example]:
    whole, report = "iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport"
    medium, low = Severity.MEDIUM, Severity.LOW
    read = request(whole)
    yield alerts("all of IAM", read, severity=medium, subject="GetAccountAuthorizationDetails")
    yield alerts("a refused request", refused(whole), severity=medium)
    yield alerts("the credential report", request(report, ROLE), severity=low)
    again, soon = request(whole, day=61), request(whole, day=45)
    yield alerts("again, after two months", request(report), again, severity=medium)
    yield alerts("not again within two months", request(report), soon, severity=low)
    other = request(whole, ROLE, day=1)
    yield alerts("another caller, too", request(report), other, severity=medium)
    yield silent("a scanner", request(whole, assumed_role("scanner")))
