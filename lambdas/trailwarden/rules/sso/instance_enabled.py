"""Identity Center was started.

An instance of one's own, with users that nobody else knows, is a quiet way to come back to an
account. It is set up once in the life of an organization.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:StartSSO", "sso:CreateInstance"],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1556", "T1136.003"]},
    response="Ask whoever did it. If nobody wanted it, delete the instance, look for users and "
    "assignments made in it, and revoke the caller's access.",
    false_positives="The first set-up, or a trial of an application that brings Identity Center.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("for the organization", record("sso:StartSSO", mallory))
    yield alerts("for one account", record("sso:CreateInstance", mallory))
    yield silent("a request that is refused", denied("sso:CreateInstance", mallory))
