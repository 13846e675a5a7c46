"""Inactive access key made active again.

An inactive key is out of use, and nobody watches it. To make it active again gives access without
a new key that people would notice.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, request
from trailwarden.services.iam import is_about_root, is_own_user, user_of


def detect(event: Event) -> Match | None:
    if event.request("status") != "Active":
        return None
    key = event.request("accessKeyId")
    if is_about_root(event):
        return Match(f"{key} of the root user", severity=Severity.CRITICAL, subject=key)
    severity = Severity.MEDIUM if is_own_user(event) else Severity.HIGH
    return Match(f"{key} of {user_of(event)}", severity=severity, subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAccessKey"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"]},
    response="Ask the caller and the owner of the key. If neither needs it, delete the key. Look "
    "for its use since then.",
    false_positives="A rotation made a key inactive too early.",
)


def examples() -> Iterator[Example]:
    update, key = "iam:UpdateAccessKey", "AKIAI44QH8DHBEXAMPLE"
    active: Fields = {"status": "Active", "accessKeyId": key}
    alice = request(update, userName="alice", **active)
    yield alerts("another's", alice, severity=Severity.HIGH, subject=key)
    own = request(update, iam_user("alice"), userName="alice", **active)
    yield alerts("the user's own", own, severity=Severity.MEDIUM)
    yield alerts("root's", request(update, ROOT, **active), severity=Severity.CRITICAL)
    inactive: Fields = active | {"status": "Inactive"}
    yield silent("made inactive", request(update, userName="alice", **inactive))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a key that is gone", request(update, userName="alice", **active, fields=absent))
