"""Users, roles and policies listed within minutes.

With new credentials an intruder asks who else exists and what each principal may do. IAM answers in
many ways, and scanners ask the same.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_lineage
from trailwarden.examples import Examples, alerts, silent

QUESTIONS = (
    "iam:GetAccountSummary",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListMFADevices",
    "iam:ListPolicies",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:ListUserPolicies",
    "iam:ListUsers",
)


def detect(event: Event) -> Match | None:
    return None if event.from_console else Match(event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=QUESTIONS,
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Check whether the credentials usually ask such things, with the same program and "
    "from the same address. Then look at the next acts of the caller.",
    false_positives="Scanners, inventories, and tools that deploy.",
    correlation=ValueCount(at_least=5, timespan=10 * MINUTE, group_by=by_lineage),
)


def examples() -> Examples:
    for first in range(0, len(QUESTIONS), 5):
        five = (QUESTIONS + QUESTIONS)[first : first + 5]
        story = f"five questions from {QUESTIONS[first]}"
        yield alerts(story, *(request(action, minute=n) for n, action in enumerate(five)))
    five, four = QUESTIONS[:5], QUESTIONS[:4]
    yield alerts("five refusals", *(refused(action, minute=n) for n, action in enumerate(five)))
    yield silent("four questions", *(request(action) for action in four))
    yield silent("one question often", *(request("iam:GetUser", minute=n) for n in range(9)))
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("in the console", *(request(action, fields=console) for action in five))
