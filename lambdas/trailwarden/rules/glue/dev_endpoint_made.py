"""Glue development endpoint made, or given an SSH key.

A development endpoint is a server with a Glue role that one reaches by SSH. AWS has replaced it
by sessions; what remains of its use is getting at the role.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not (event.succeeded or event.denied):
        return None
    told = "requestParameters"
    name = event.text(f"{told}.endpointName")
    role = event.text(f"{told}.roleArn").rpartition("/")[2]
    severity = None if event.succeeded else Severity.MEDIUM
    return Match(f"{event.name} {name[:40]} {role[:50]}".strip(), severity=severity, subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["glue:CreateDevEndpoint", "glue:UpdateDevEndpoint"],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Delete the endpoint, revoke the sessions of its role, and look at what the role did. "
    "Disable the credentials that made it unless their owner explains it.",
    false_positives="Old data jobs that nobody has moved to sessions.",
)


def examples() -> Iterator[Example]:
    told = {"endpointName": "dev", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/glue"}
    mallory = iam_user("mallory")
    yield alerts("an endpoint", record("glue:CreateDevEndpoint", mallory, requestParameters=told))
    key = {"endpointName": "dev", "publicKey": "ssh-rsa AAAA"}
    yield alerts("a key", record("glue:UpdateDevEndpoint", mallory, requestParameters=key))
    yield alerts("a refusal", denied("glue:CreateDevEndpoint", mallory))
    failed = record("glue:CreateDevEndpoint", mallory, errorCode="ValidationException")
    yield silent("a failure", failed)
