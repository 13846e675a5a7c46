"""Quarantine policy taken off a user whose key leaked.

AWS attached it because the key is public. Taking it off gives the key back its power, which is
what somebody else who holds the key wants.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import entity_of, is_quarantine, policy_name

QUARANTINE = "AWSCompromisedKeyQuarantineV3"


def detect(event: Event) -> Match | None:
    if event.succeeded and is_quarantine(policy_name(event)):
        return Match(f"from {entity_of(event)}", subject=entity_of(event))
    if event.denied and "Quarantine" in event.error_message:
        return Match("refused", severity=Severity.HIGH)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DetachUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachRolePolicy",
        "iam:DeleteUserPolicy",
        "iam:DeleteGroupPolicy",
        "iam:DeleteRolePolicy",
    ],
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Check that every key of the user is deleted or inactive. If one is not, make it so "
    "now, and find out who took the policy off and what the key did since.",
    false_positives="The end of an incident, after the leaked key is deleted.",
)


def examples() -> Iterator[Example]:
    arn = f"arn:aws:iam::aws:policy/{QUARANTINE}"
    yield alerts("detached", told("DetachUserPolicy", policyArn=arn))
    inline = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
    yield alerts("deleted", told("DeleteUserPolicy", policyName=inline))
    said = f"not authorized to perform: iam:DetachUserPolicy on resource: policy {QUARANTINE}"
    refused = denied("iam:DetachUserPolicy", iam_user("bob"), errorMessage=said)
    yield alerts("refused", refused)
    other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    yield silent("another policy", told("DetachUserPolicy", policyArn=other))
    yield silent("refused, whatever it was", denied("iam:DetachUserPolicy", iam_user("bob")))


def told(name: str, **what: str) -> Record:
    return record(f"iam:{name}", iam_user("bob"), requestParameters={"userName": "ci"} | what)
