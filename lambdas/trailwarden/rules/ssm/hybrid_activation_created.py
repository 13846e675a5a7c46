"""Activation created that lets outside machines join Systems Manager.

With an activation code any machine on the internet becomes a managed instance and receives the
credentials of the activation's role, for as long as it likes.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    role = event.text("requestParameters.iamRole")
    return Match(f"for role {role[:80]}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:CreateActivation"],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.005"]},
    response="Ask whoever it was which machines they want to add. If there are none, delete the "
    "activation, deregister the instances that used it, and revoke the role's sessions.",
    false_positives="The set-up of servers outside AWS, by hand.",
)


def examples() -> Iterator[Example]:
    told = {"iamRole": "SSMServiceRole", "registrationLimit": 10}
    action = "ssm:CreateActivation"
    yield alerts("an activation", record(action, iam_user("mallory"), requestParameters=told))
    yield silent("a refusal", denied(action, iam_user("mallory")))
    stack = record(action, aws_service("cloudformation"), requestParameters=told)
    yield silent("a stack's activation", stack)
