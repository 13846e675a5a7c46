"""Identity of a managed instance changed.

A machine that registers under the name of a managed instance receives its commands, and the secrets
in them. Another role gives the machine other permissions.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

TITLES = {
    "RegisterManagedInstance": "Managed instance registered again",
    "UpdateManagedInstanceRole": "Role of a managed instance changed",
}


def detect(event: Event) -> Match:
    instance = event.request("instanceId") or event.answer("instanceId")
    label = f"{instance} {event.request('iamRole')}".strip()
    return Match(label, subject=instance, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:RegisterManagedInstance", "ssm:UpdateManagedInstanceRole"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.INSTANCE},  # the agent registers its own instance
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Check that the machine is yours. If not, deregister it with `aws ssm "
    "deregister-managed-instance`, and read the commands it has received.",
    false_positives="Servers that are installed again.",
    mode=Mode.HUNT,
)

INSTANCE = "mi-0123456789abcdef0"


def examples() -> Examples:
    update = "ssm:UpdateManagedInstanceRole"
    changed = request(update, instanceId=INSTANCE, iamRole="Admin")
    yield alerts("another role", changed, subject=INSTANCE, label=f"{INSTANCE} Admin")
    again = request("ssm:RegisterManagedInstance", answer={"instanceId": INSTANCE})
    yield alerts("registered again", again, subject=INSTANCE)
    yield silent("a refusal", refused(update))
