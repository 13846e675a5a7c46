"""Inactive access key made active again.

A key is made inactive to end its use. Waking one up gives access that nobody watches, and makes
no new key that could be noticed.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import is_about_root, is_own_user, user_of


def detect(event: Event) -> Match | None:
    active = event.text("requestParameters.status") == "Active"
    if not (active and event.succeeded) or event.by_automation:
        return None
    key = event.text("requestParameters.accessKeyId")
    if is_about_root(event):
        return Match(f"{key} of the root user"[:100], severity=Severity.CRITICAL, subject=key)
    severity = Severity.MEDIUM if is_own_user(event) else Severity.HIGH
    return Match(f"{key} of {user_of(event)}"[:100], severity=severity, subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAccessKey"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"]},
    response="Ask whoever did it and the owner of the key. If neither needs it, delete the key, "
    "and look for what it was used for since.",
    false_positives="A key that was made inactive too early in a rotation.",
)


def examples() -> Iterator[Example]:
    yield alerts("one's own", told(iam_user("alice")))
    yield alerts("another's", told(iam_user("mallory")))
    bare = {"status": "Active", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}
    yield alerts("root's", record("iam:UpdateAccessKey", root(), requestParameters=bare))
    yield silent("made inactive", told(iam_user("mallory"), status="Inactive"))
    yield silent("AWS itself", told(aws_service("iam")))


def told(by: Fields, *, status: str = "Active") -> Record:
    what = {"userName": "alice", "status": status, "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}
    return record("iam:UpdateAccessKey", by, requestParameters=what)
