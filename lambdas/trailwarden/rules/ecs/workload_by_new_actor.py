"""ECS workload created by a new principal.

The same few principals deploy containers every day. A new one may be a colleague. It may also be an
attacker who runs programs with the company's role, at the company's expense.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

MANY = 10
TITLES = {
    "CreateCluster": "ECS cluster created by a new principal",
    "CreateService": "ECS service created by a new principal",
    "RegisterTaskDefinition": "ECS task definition registered by a new principal",
    "RunTask": "ECS task run by a new principal",
    "StartTask": "ECS task started on an instance by a new principal",
}


def detect(event: Event) -> Match:
    counts = [event.get(f"requestParameters.{name}") for name in ("desiredCount", "count")]
    is_large = any(isinstance(count, int) and count >= MANY for count in counts)
    thing = event.request("clusterName", "serviceName", "family", "taskDefinition")
    severity = Severity.HIGH if is_large else None
    return Match(event.actor, severity, thing, TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecs:CreateCluster",
        "ecs:CreateService",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXECUTION: ["T1610"],
        Tactic.IMPACT: ["T1496.001"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
    },
    response="Ask the caller. If they do not know of it, stop the tasks and look at their image "
    "and role. Do the same in every Region.",
    false_positives="New colleagues and new pipelines.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual, new = run(ROLE, day=0), run(USER, day=7)
    yield alerts("a new principal", usual, new, severity=Severity.MEDIUM, subject="app:1")
    yield alerts("beside the pipeline", run(DEPLOYER, day=0), new)
    yield alerts("ten tasks", usual, run(USER, day=7, count=10), severity=Severity.HIGH)
    yield alerts("nine tasks", usual, run(USER, day=7, count=9), severity=Severity.MEDIUM)
    service = request("ecs:CreateService", day=7, serviceName="x", desiredCount=10)
    yield alerts("a large service", usual, service, severity=Severity.HIGH, subject="x")
    yield silent("the usual one", usual, run(ROLE, day=8))
    yield silent("in the first week", usual, run(USER, day=6))


def run(by: Fields, *, day: int, count: int = 1) -> Record:
    return request("ecs:RunTask", by, day=day, taskDefinition="app:1", count=count)
