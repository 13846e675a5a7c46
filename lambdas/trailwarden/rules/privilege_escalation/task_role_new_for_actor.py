"""Task role used by a principal for the first time.

A container acts as its task's role. A principal that may start containers can pick the strongest
role. It then reads the role's credentials in a command. Sessions that a token of an own identity
provider opened are mostly a pipeline's: theirs is MEDIUM. So is a role that only starts the task:
it gives its secrets to the code.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROLE,
    USER,
    Fields,
    assumed_role,
    request,
)
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    of_code = event.request("overrides.taskRoleArn", "taskRoleArn")
    role = of_code or event.request("overrides.executionRoleArn", "executionRoleArn")
    severity = Severity.MEDIUM if resembles_pipeline(event) or not of_code else None
    return Match(f"{role} by {event.actor}", severity=severity) if role else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StartTask"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Look at the role's permissions and at the container's command. If nobody explains "
    "it, stop the tasks and revoke the role's sessions.",
    false_positives="People who deploy new services by hand. Name pipelines in `deploy_roles`.",
    correlation=first_use(by_account, days=90, severe=True),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def examples() -> Examples:
    usual = started(DEPLOYER, "web", day=0)
    yield alerts("a user picks a role", usual, started(USER, "billing", day=7))
    definition = "ecs:RegisterTaskDefinition"
    defined = request(definition, day=7, family="f", containerDefinitions=[], taskRoleArn="r")
    yield alerts("a new definition", usual, defined)
    pulls = request(definition, day=7, family="f", containerDefinitions=[], executionRoleArn="r")
    yield alerts("a role that starts the task", usual, pulls, severity=Severity.MEDIUM)
    build = assumed_role("builder", webIdFederationData={"federatedProvider": GITHUB})
    yield alerts("a build", usual, started(build, "web", day=7), severity=Severity.MEDIUM)
    yield alerts("a role", usual, started(ROLE, "web", day=7), severity=Severity.HIGH)
    placed: Fields = {"taskDefinition": "t", "containerInstances": ["i"], **OVERRIDES}
    yield alerts("on a chosen machine", usual, request("ecs:StartTask", day=7, **placed))
    yield silent("within a week", usual, started(USER, "billing", day=6))
    known = started(USER, "web", day=0)
    yield silent("the usual role", known, started(USER, "web", day=8))
    yield silent("no role", known, request("ecs:RunTask", day=8, taskDefinition="t"))


OVERRIDES: Fields = {"overrides": {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/billing"}}


def started(by: Fields, role: str, *, day: int) -> Record:
    overrides = {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    return request("ecs:RunTask", by, day=day, taskDefinition="t", overrides=overrides)
