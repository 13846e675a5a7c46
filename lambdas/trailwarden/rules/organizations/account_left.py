"""Account left its organization.

Outside the organization no service control policy holds, and the organization's trail, GuardDuty
and Config see nothing any more. Only somebody with administrator rights in the account can do it,
and they have no good reason to do it from there.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if event.denied:
        return Match("tried to leave, and was refused", severity=Severity.HIGH)
    return Match("left the organization") if event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["organizations:LeaveOrganization"],
    severity=Severity.CRITICAL,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001", "T1666"],
        Tactic.IMPACT: ["T1531"],
    },
    response="Revoke the caller's access while the account still lets you in. Invite the account "
    "back from the management account, or contact AWS Support, and find out how they got in.",
    false_positives="An account that is handed over to somebody else, with both sides knowing.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a user takes the account out", record("organizations:LeaveOrganization", mallory))
    refused = denied("organizations:LeaveOrganization", assumed_role("web"))
    yield alerts("a role is refused", refused)
    problem = "MasterCannotLeaveOrganizationException"
    failed = record("organizations:LeaveOrganization", mallory, errorCode=problem)
    yield silent("the management account cannot leave", failed)
