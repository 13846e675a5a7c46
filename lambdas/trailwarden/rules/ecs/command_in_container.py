"""Shell in a running container used by a new principal.

ECS Exec opens a shell in a container, with the role and the secrets of its task, past every
firewall. Session Manager does so, too, without ECS. Few people need it, and they need it again.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    PERSON,
    ROLE,
    USER,
    Fields,
    request,
    sso_user,
)
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent

TITLES = {
    "CreateDaemon": "Shells in the containers of a new daemon allowed",
    "CreateService": "Shells in the containers of a new service allowed",
    "ExecuteCommand": "Command run in a running container by a new principal",
    "StartSession": "Session to a running container opened by a new principal",
    "RunTask": "Shells in the containers of a task allowed",
    "UpdateDaemon": "Shells in the containers of a daemon allowed",
    "UpdateService": "Shells in the containers of a service allowed",
}
NAMES = ("task", "service", "serviceName", "daemonArn", "daemonName", "taskDefinition", "target")


def detect(event: Event) -> Match | None:
    enables = str(event.get("requestParameters.enableExecuteCommand")).lower() == "true"
    is_inside = event.name == "ExecuteCommand" or event.request("target").startswith("ecs:")
    if not is_inside and not enables:
        return None
    thing = event.request(*NAMES)
    return Match(event.actor, subject=thing, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecs:CreateDaemon",
        "ecs:CreateService",
        "ecs:ExecuteCommand",
        "ecs:RunTask",
        "ecs:UpdateDaemon",
        "ecs:UpdateService",
        "ssm:StartSession",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1609"], Tactic.LATERAL_MOVEMENT: ["T1021.008"]},
    response="Ask the caller. If they do not know of it, stop the task and revoke the sessions of "
    "its role. Then rotate the secrets that it received.",
    false_positives="New colleagues. Services that allow it for the first time.",
    correlation=first_use(by_team, days=90, of_teams=True),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual, new = run(PERSON, day=0), run(USER, day=7)
    yield alerts("a new principal", usual, new, subject="0f9de17a")
    for event, key in (
        ("ecs:CreateDaemon", "daemonName"),
        ("ecs:UpdateDaemon", "daemonArn"),
        ("ecs:CreateService", "serviceName"),
        ("ecs:RunTask", "taskDefinition"),
        ("ecs:UpdateService", "service"),
    ):
        more = {"capacityProviderArns": [], "daemonTaskDefinitionArn": "d"}
        parameters: Fields = {key: "app", "enableExecuteCommand": True}
        parameters |= more if event.endswith("Daemon") else {}
        allowed = request(event, day=7, **parameters)
        yield alerts(f"allowed by {event}", usual, allowed, subject="app")
    direct = request("ssm:StartSession", day=7, target="ecs:prod_0f9de17a_0f9de17a-1")
    yield alerts("past ECS", usual, direct, subject="ecs:prod_0f9de17a_0f9de17a-1")
    machine = request("ssm:StartSession", day=7, target="i-0123456789abcdef0")
    yield silent("a session to an instance", usual, machine)
    deployed = request("ecs:UpdateService", DEPLOYER, service="app")
    yield alerts("the first one beside a pipeline", deployed, new)
    changed = request("ecs:UpdateService", ROLE, service="app")
    yield alerts("the first one ever", changed, new)
    bob = sso_user("bob@example.com", "AdministratorAccess")
    yield alerts("a colleague", usual, run(bob, day=7), severity=Severity.LOW)
    yield alerts("a key where people use it", usual, new, severity=Severity.MEDIUM)
    yield silent("the usual one", usual, run(PERSON, day=8))
    yield silent("in the first week", usual, run(USER, day=6))
    yield silent("another change", usual, request("ecs:UpdateService", day=8, service="app"))


def run(by: Fields, *, day: int) -> Record:
    command: Fields = {"task": "0f9de17a", "command": "sh", "interactive": True}
    return request("ecs:ExecuteCommand", by, day=day, **command)
