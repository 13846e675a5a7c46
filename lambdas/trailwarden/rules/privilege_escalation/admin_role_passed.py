"""Administrator role passed to a service.

A principal that passes a role to a function, a job or a container acts as that role. With an
administrator's role, that is the shortest way to own an account.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.passing import ROLE_TAKERS, passed_roles
from trailwarden.cloudtrail.role_samples import PASSES, passing
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_powerful

MOST = 20
"""How many roles of one request are named."""


def detect(event: Event) -> Match | None:
    roles = passed_roles(event.get("requestParameters"))
    powerful = (role.rpartition("/")[2] for role in roles if is_powerful(role, event))
    names = list(dict.fromkeys(filter(None, powerful)))[:MOST]
    labels = [f"{name} to {event.service}" for name in names]
    return Match(labels, subject=names[0]) if names else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=ROLE_TAKERS,
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Ask the caller. If nobody explains it, stop the service's run and revoke the role's "
    "sessions. Look for users, keys and policies that the role made.",
    false_positives="Administrators deploy by hand. Name the roles of pipelines in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
)

CREATE = "lambda:CreateFunction20150331"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
ENVIRONMENT = Environment(deploy_roles=(f"{ROLE}ci/ship",))


def examples() -> Examples:
    yield alerts("to a function", passing(CREATE, f"{ROLE}OrgAdmin"), subject="OrgAdmin")
    for action in PASSES:
        yield alerts(action, passing(action, f"{ROLE}OrgAdmin"))
    yield alerts("by name alone", passing("glue:UpdateJob", "AdminRole"), subject="AdminRole")
    deploys = passing(CREATE, f"{ROLE}ci/ship")
    yield alerts("a role that deploys", deploys, subject="ship", label="ship to lambda")
    targets = [
        {"id": name, "arn": "a", "roleArn": ROLE + name} for name in ("orders", "SuperAdmin", "ops")
    ]
    rule: Fields = {"rule": "r", "targets": [*targets, {"roleArn": f"{ROLE}OrgAdmin"}]}
    several = request("events:PutTargets", **rule)
    both = "SuperAdmin to events, OrgAdmin to events"
    yield alerts("two of several", several, subject="SuperAdmin", label=both)
    task: Fields = {"family": "admin-portal", "containerDefinitions": []}
    portal: Fields = {"taskRoleArn": f"{ROLE}shop-admin-portal-task"}
    yield silent("of an admin portal", request("ecs:RegisterTaskDefinition", **task, **portal))
    yield silent("an ordinary role", passing(CREATE, f"{ROLE}orders"))
    yield silent("only its path says so", passing(CREATE, f"{ROLE}admin/orders"))
    yield silent("refused", refused(CREATE))
