"""SageMaker notebook opened by a new principal.

A presigned link opens a notebook or Studio without any further sign-in, with all permissions of its
role. People open their own.
A colleague of a permission set whose people open notebooks is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, execution_role, request, sso_user
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    notebook = event.request("notebookInstanceName", "userProfileName", "resourceIdentifier")
    return Match(f"{notebook} by {event.actor}", subject=notebook)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:StartSession",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Ask the owner of the notebook. If another principal opened it, stop it. Revoke the "
    "sessions of its role, and look at the role's acts.",
    false_positives="A new colleague, or a notebook that a team shares.",
    correlation=first_use(by_team, days=60, of_teams=True),
)


def examples() -> Examples:
    usual = opened(PERSON, day=0)
    yield alerts("another principal", usual, opened(USER, day=7), subject="n")
    by_stack = opened(execution_role(), day=0, via="cloudformation")
    yield alerts("beside a deployment", by_stack, opened(USER, day=8))
    profile = request(
        "sagemaker:CreatePresignedDomainUrl", day=8, domainId="d-1", userProfileName="bob"
    )
    yield alerts("another profile", usual, profile, subject="bob")
    colleague = opened(sso_user("bob@example.com"), day=7)
    yield alerts("a colleague", usual, colleague, severity=Severity.LOW)
    other = opened(sso_user("bob@example.com", "ReadOnly"), day=7)
    yield alerts("of another permission set", usual, other, severity=Severity.MEDIUM)
    yield silent("its owner", usual, opened(PERSON, day=8))
    yield silent("in the first week", usual, opened(USER, day=6))


def opened(by: Fields, *, day: int, via: str = "") -> Record:
    action = "sagemaker:CreatePresignedNotebookInstanceUrl"
    return request(action, by, day=day, via=via, notebookInstanceName="n")
