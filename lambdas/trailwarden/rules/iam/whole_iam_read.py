"""All users, roles and policies read at once.

One request returns all principals and their rights. An intruder draws this map before choosing a
way. Scanners read it every day, and people hardly ever.
"""

from trailwarden import ATTEMPTED, LEAKED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, assumed_role, refused, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent

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
    story="exploration",
    across=True,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Find the owner of the credentials and the program. If the owner does not know of it, "
    "disable the credentials, and look at the other requests of the caller.",
    false_positives="An auditor or a new scanner. The alert comes once in 60 days for each caller. "
    "Name scanners in `security_roles`.",
    correlation=first_use(by_actor, days=60, at_once_by=LEAKED),
)

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def examples() -> Examples:
    whole, report = "iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport"
    medium, low = Severity.MEDIUM, Severity.LOW
    usual, read = request("ec2:RunInstances", ROLE), request(whole, day=7)
    subject = "GetAccountAuthorizationDetails"
    yield alerts("all of IAM", usual, read, severity=medium, subject=subject)
    yield alerts("a refused request", usual, refused(whole, day=7), severity=medium)
    yield alerts("the credential report", usual, request(report, day=7), severity=low)
    between = request("ec2:RunInstances", ROLE, day=30)
    known, again = request(report, ROLE), request(report, ROLE, day=61)
    yield alerts("again, after two months", known, between, again, severity=low)
    yield silent("again within two months", known, between, request(report, ROLE, day=60))
    yield alerts("all of it after the report", request(report), read, severity=medium)
    other = request(whole, ROLE, day=8)
    yield alerts("another caller, too", request(whole), other, severity=medium)
    known = request(whole, ROLE)
    yield silent("the report after all of it", known, request(report, ROLE, day=8))
    yield silent("a role, in the first week", usual, request(whole, ROLE, day=6))
    yield alerts("a key, in the first week", request(whole), severity=medium)
    yield silent("a scanner", usual, request(whole, assumed_role("scanner"), day=8))
