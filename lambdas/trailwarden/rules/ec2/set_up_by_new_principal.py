"""Machines set up by a new principal.

A principal that never set up machines in this account does so now, or gives them a new role. A
stolen key turns into computing power that way, or into another role's rights.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import LAUNCHES, instance_profiles, values

TEMPLATES = (
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "autoscaling:CreateLaunchConfiguration",
)
TITLES = {
    "instance": "Instance launched by a new principal",
    "key pair": "Key pair made by a new principal",
    "launch template": "Launch template made by a new principal",
}


def detect(event: Event) -> Match | None:
    kind = kind_of(event)
    profiles = instance_profiles(event) if kind == "instance" else []
    things = [f"{kind} with {profile}" for profile in profiles] or [kind]
    labels = [f"{thing} by {event.actor}" for thing in things]
    return Match(labels, title=TITLES[kind]) if kind else None


def kind_of(event: Event) -> str:
    if event.action in LAUNCHES:
        return "instance"
    if event.action not in TEMPLATES:
        return "launch template" if event.name == "ModifyLaunchTemplate" else "key pair"
    has_user_data = any(True for _ in values(event.get("requestParameters"), "userData"))
    return "launch template" if has_user_data or instance_profiles(event) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *LAUNCHES,
        *TEMPLATES,
        "ec2:CreateKeyPair",
        "ec2:ImportKeyPair",
        "ec2:ModifyLaunchTemplate",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
    },
    response="Ask the principal's owner whether they set this up. If not, terminate the instances "
    "and delete key pair and template. Then disable the credentials.",
    false_positives="New colleagues and new pipelines.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = request("ec2:RunInstances", ROLE)
    for action in (*LAUNCHES, "ec2:CreateKeyPair", "ec2:ImportKeyPair", "ec2:ModifyLaunchTemplate"):
        yield alerts(action, usual, request(action, day=7))
    for action in TEMPLATES[:2]:
        data = {"LaunchTemplateData": {"UserData": "<sensitiveDataRemoved>"}}
        script: Fields = {f"{action[4:]}Request": data}
        yield alerts(f"{action} with a script", usual, request(action, day=7, **script))
    configuration: Fields = {"launchConfigurationName": "web", "iamInstanceProfile": "admin"}
    made = request(TEMPLATES[2], day=7, **configuration)
    yield alerts("a launch configuration with a role", usual, made)
    role = request("ec2:RunInstances", ROLE, day=7, iamInstanceProfile={"name": "deployer"})
    yield alerts("the usual one launches with a new role", usual, role)
    yield silent("the usual one launches", usual, request("ec2:RunInstances", ROLE, day=7))
    yield silent("a template without script and role", usual, request(TEMPLATES[0], day=7))
    yield silent("in the first week", usual, request("ec2:RunInstances", day=6))
