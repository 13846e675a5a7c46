"""Policy of a secret opened to outsiders.

The principals in a secret's own policy read it from their account: today's value and every later
one. Rotation does not help while the policy stands.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, policy, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants, worst_of
from trailwarden.services.secretsmanager import secret_of
from trailwarden.services.sharing import severity_of


def detect(event: Event) -> Match | None:
    worst = worst_of(external_grants(event.get("requestParameters.resourcePolicy"), event))
    if worst is None:
        return None
    secret = secret_of(event)
    return Match(f"{secret} open to {worst.to}", severity=severity_of(worst), subject=secret)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:PutResourcePolicy"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"], Tactic.PERSISTENCE: ["T1098"]},
    response="Delete the statement first, then rotate the secret. Look for reads from the other "
    "account in between, and for the same account in other policies.",
    false_positives="A partner's account. Name it in `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"
    ],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",), organization_id="o-a1b2c3d4e5")


def examples() -> Examples:
    read = "secretsmanager:GetSecretValue"
    anyone = put(policy(read, Principal="*"))
    yield alerts("anyone", anyone, severity=Severity.CRITICAL, subject="app/1")
    outside = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
    yield alerts("another account", put(policy(read, Principal=outside)), severity=Severity.HIGH)
    statement = {"Effect": "Allow", "Principal": outside, "Action": read, "Resource": "*"}
    yield alerts("as an object", put({"Statement": [statement]}))
    yield silent("a partner", put(policy(read, Principal={"AWS": "777788889999"})))
    own = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    yield silent("an own role", put(policy(read, Principal=own)))
    within = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    yield silent("anyone within", put(policy(read, Principal="*", Condition=within)))
    theirs = {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}
    other = put(policy(read, Principal="*", Condition=theirs))
    yield alerts("another organization", other, label="app/1 open to organization o-zzzzzzzzzz")
    address = {"IpAddress": {"aws:SourceIp": "198.51.100.7"}}
    narrow = put(policy(read, Principal="*", Condition=address))
    yield alerts("one address", narrow, severity=Severity.MEDIUM)
    yield silent("refused", refused("secretsmanager:PutResourcePolicy"))


def put(document: Any) -> Record:
    action = "secretsmanager:PutResourcePolicy"
    return request(action, secretId="app/1", resourcePolicy=document)
