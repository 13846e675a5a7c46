"""Many services stopped by one principal.

A size of zero stops a service as surely as its deletion, and leaves everything in place. An
extortionist does it to all of them in minutes.
"""

from collections.abc import Mapping, Sequence

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    WORKLOADS,
    Caller,
    Event,
    Match,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, function, request
from trailwarden.cloudtrail.values import dig
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, once_of_its_size
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.things import things_of

NONE_LEFT: Mapping[str, tuple[str, ...]] = {
    "autoscaling:SetDesiredCapacity": ("desiredCapacity",),
    "autoscaling:UpdateAutoScalingGroup": ("maxSize", "desiredCapacity"),
    "ecs:UpdateService": ("desiredCount",),
    "eks:UpdateNodegroupConfig": ("scalingConfig.maxSize", "scalingConfig.desiredSize"),
    "lambda:PutFunctionConcurrency": ("reservedConcurrentExecutions",),
}
"""Each call that sets a size, and the parameters of which one is zero when nothing is left."""

STOPS: Mapping[str, str] = {
    "apigateway:DeleteApi": "apiId",
    "apigateway:DeleteRestApi": "restApiId",
    "apprunner:PauseService": "serviceArn",
    "autoscaling:DeleteAutoScalingGroup": "autoScalingGroupName",
    "docdb-elastic:StopCluster": "clusterArn",
    "ec2:StopInstances": "instancesSet",
    "ecs:DeleteService": "service",
    "elasticbeanstalk:TerminateEnvironment": "environmentName",
    "rds:StopDBCluster": "dBClusterIdentifier",
    "rds:StopDBInstance": "dBInstanceIdentifier",
    "redshift:PauseCluster": "clusterIdentifier",
    "transfer:StopServer": "serverId",
}
"""Each call that ends something that runs, and what names it."""

NAMES = ("autoScalingGroupName", "service", "nodegroupName", "functionName")
PEOPLE = frozenset(Caller) - WORKLOADS
"""Those who are no schedulers, as far as AWS says so: their first evening is told at once."""

GROUPS = ("cluster", "clusterName")


def detect(event: Event) -> Match | None:
    if event.action in STOPS:
        return Match([f"{event.action} {thing}" for thing in things_of(event)])
    parameters = event.get("requestParameters")
    sizes = [dig(parameters, path) for path in NONE_LEFT[event.action]]
    if not any(size == 0 and not isinstance(size, bool) for size in sizes):
        return None
    thing = " ".join(filter(None, map(event.request, (*GROUPS, *NAMES))))
    return Match(f"{event.action} {thing}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*NONE_LEFT, *STOPS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1489", "T1529"]},
    response="Ask the caller. If they did not do it, revoke their sessions and keys first. Then "
    "set the sizes back, the most important services first.",
    false_positives="An engineer stops a test environment by hand. A scheduler that does so in "
    "the evening is told once.",
    correlation=ValueCount(at_least=10, in_a_day=30, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=once_of_its_size(by_actor, at_once_by=PEOPLE),
    story="destruction",
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED


LAST = "ecs:UpdateService prod app-19"


def examples() -> Examples:
    label = "ecs:UpdateService prod app-1"
    heard = request("sts:GetCallerIdentity", day=-40)
    yield alerts("ten services", heard, *services(10), label=label)
    yield alerts("ten services on the first day", *services(10))
    yield silent("nine services", *services(9))
    yield silent("services that go on", *services(10, size=1))
    yield silent("one service again and again", *[stopped(1, n / 4) for n in range(10)])
    yield silent("a deployment", *services(10, by=DEPLOYER))
    for action, paths in NONE_LEFT.items():
        for path in paths:
            ten = [request(action, minute=n / 4, **sized(action, path, n)) for n in range(10)]
            yield alerts(f"{action} {path}", *ten)
    for action, name in STOPS.items():
        named: list[Fields] = [{name: f"app-{n}"} for n in range(10)]
        ten = [request(action, minute=n / 4, **one) for n, one in enumerate(named)]
        yield alerts(action, *ten)
    ids = {"items": [{"instanceId": f"i-{n}"} for n in range(10)]}
    yield alerts("ten instances at once", request("ec2:StopInstances", instancesSet=ids))
    patient = [stopped(n, n * 45) for n in range(30)]
    yield alerts("one after the other, all day long", *patient)
    yield silent("one less all day long", *patient[1:])
    scheduler = function("evening", "evening")
    days = range(-30, 1)
    nightly = [record for day in days for record in services(10, by=scheduler, day=day)]
    yield alerts("every night, on the first", heard, *nightly)
    yield silent("every night since the beginning", *nightly)
    yield alerts("all of them after a trial", *services(10, day=-1), *services(20), label=LAST)


def services(
    count: int, *, size: int = 0, by: Fields | None = None, day: float = 0
) -> list[Record]:
    return [stopped(n, n / 2, size=size, by=by, day=day) for n in range(count)]


def stopped(
    number: int, minute: float, *, size: int = 0, by: Fields | None = None, day: float = 0
) -> Record:
    named: Fields = {"cluster": "prod", "service": f"app-{number}", "desiredCount": size}
    return request("ecs:UpdateService", by, minute=minute, day=day, **named)


NAMED: Mapping[str, Sequence[str]] = {
    "autoscaling:SetDesiredCapacity": ("autoScalingGroupName",),
    "autoscaling:UpdateAutoScalingGroup": ("autoScalingGroupName",),
    "ecs:UpdateService": ("service",),
    "eks:UpdateNodegroupConfig": ("clusterName", "nodegroupName"),
    "lambda:PutFunctionConcurrency": ("functionName",),
}


def sized(action: str, path: str, number: int) -> Fields:
    outer, _, inner = path.rpartition(".")
    size: Fields = {outer: {inner: 0}} if outer else {inner: 0}
    return dict.fromkeys(NAMED[action], f"app-{number}") | size
