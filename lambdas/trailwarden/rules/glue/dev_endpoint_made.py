"""Glue development endpoint opened.

A development endpoint is a server with a Glue role, which its user reaches by SSH. AWS has replaced
it by sessions, so its remaining use is to take over the role.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateDevEndpoint": "Glue development endpoint created",
    "UpdateDevEndpoint": "SSH key put on a Glue development endpoint",
}


def detect(event: Event) -> Match:
    endpoint, role = event.request("endpointName"), event.request("roleArn")
    label = f"{endpoint} {role}".strip() or f"refused {event.name}"
    return Match(label, subject=endpoint, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["glue:CreateDevEndpoint", "glue:UpdateDevEndpoint"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Delete the endpoint, revoke the sessions of its role, and look at the acts of the "
    "role. Disable the caller's credentials unless their owner explains the endpoint.",
    false_positives="An old data job that has not moved to sessions yet.",
)


def examples() -> Examples:
    role = f"arn:aws:iam::{ACCOUNT}:role/glue"
    endpoint = request("glue:CreateDevEndpoint", endpointName="dev", roleArn=role)
    yield alerts("an endpoint", endpoint, severity=Severity.HIGH, subject="dev")
    key = request("glue:UpdateDevEndpoint", endpointName="dev", publicKey="ssh-rsa AAAA")
    yield alerts("a key", key, subject="dev")
    yield alerts("a refused one", refused("glue:CreateDevEndpoint"), severity=Severity.MEDIUM)
    invalid = {"errorCode": "ValidationException"}
    yield silent("an invalid one", request("glue:CreateDevEndpoint", fields=invalid))
