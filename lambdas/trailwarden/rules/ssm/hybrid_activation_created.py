"""Hybrid activation of Systems Manager created.

With an activation code, any machine on the internet becomes a managed instance. It receives the
credentials of the activation's role for as long as it likes.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    role = event.request("iamRole")
    return Match(f"for role {role}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:CreateActivation"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.005"]},
    response="Ask the caller which machines they want to add. If there are none, delete the "
    "activation, deregister the instances that used it, and revoke the role's sessions.",
    false_positives="The set-up of servers outside AWS, by hand.",
)


def examples() -> Examples:
    activation: Fields = {"iamRole": "SSMServiceRole", "registrationLimit": 10}
    created = request("ssm:CreateActivation", **activation)
    yield alerts(
        "an activation", created, subject="SSMServiceRole", label="for role SSMServiceRole"
    )
    yield alerts("a refusal", refused("ssm:CreateActivation"), severity=Severity.LOW)
    failed = request("ssm:CreateActivation", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
