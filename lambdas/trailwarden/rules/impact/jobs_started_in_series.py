"""Compute started in series by one principal.

Services limit what one request starts: ten tasks, or one build. A miner who works through a quota
sends many requests, so that no single one stands out. The rule counts tasks and jobs by their size.
"""

from collections.abc import Mapping
from typing import Any

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
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, instance_role, request
from trailwarden.correlations import DAY, MINUTE, EventCount, by_actor, once_of_its_size
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values, vcpus
from trailwarden.services.things import thing_of

UNIT = 4
"""The processors that count as one."""
MANY = 100
COUNTED: Mapping[str, tuple[str, ...]] = {
    "batch:SubmitJob": ("size",),
    "codebuild:StartBuild": (),
    "codebuild:StartBuildBatch": (),
    "ecs:RunTask": ("count",),
    "ecs:StartTask": (),
    "emr-serverless:StartJobRun": (),
    "glue:StartJobRun": ("maxCapacity", "numberOfWorkers"),
    "lightsail:CreateInstances": (),
    "sagemaker:CreateTrainingJob": ("instanceCount",),
}
"""Each call that starts something, and where it says how many of it."""
LISTS = ("containerInstances", "instanceNames")
BUILDERS: Mapping[str, int] = {"_LARGE": 8, "_XLARGE": 36, "_2XLARGE": 72}
"""The processors of a build, by the end of the name of its kind."""
PEOPLE = frozenset(Caller) - WORKLOADS
"""Those who are no schedulers, as far as AWS says so: their first series is told at once."""


def detect(event: Event) -> Match:
    units = -(asked(event) * size(event) // -UNIT)
    name = f"{event.action} {event.request('taskDefinition') or thing_of(event)}".strip()
    if units <= 1:
        return Match(name)
    return Match([f"{name}, part {n} of {units}" for n in range(1, min(units, MANY) + 1)])


def asked(event: Event) -> int:
    """Return how many tasks, jobs or machines a request starts."""
    parameters = event.get("requestParameters")
    told = [n for n in values(parameters, *COUNTED[event.action]) if is_number(n)]
    named = [len(event.listed(f"requestParameters.{name}")) for name in LISTS]
    return max(1, *named, *(int(min(n, MANY * MANY)) for n in told))


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def size(event: Event) -> int:
    """Return about how many processors each has; those of a task or job count as one unit."""
    parameters = event.get("requestParameters")
    kinds = [kind.removeprefix("ml.") for kind in texts(parameters, "instanceType")]
    builders = texts(parameters, "computeTypeOverride")
    built = (n for kind in builders for end, n in BUILDERS.items() if kind.endswith(f"1{end}"))
    return max((*map(vcpus, kinds), *built), default=UNIT)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted(COUNTED),
    exempt=DEPLOYMENT,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578"]},
    response="Ask the caller for the purpose. If nobody can say, stop what runs, in every Region. "
    "Disable the credentials, and look at the images and commands that were started.",
    false_positives="A scheduler of jobs, which is told once for each size. A team that trains "
    "models.",
    correlation=EventCount(at_least=MANY, in_a_day=300, timespan=30 * MINUTE, group_by=by_actor),
    unless_usual=once_of_its_size(by_actor, at_once_by=PEOPLE),
    window=7 * DAY,
    story="machines launched",
)


def examples() -> Examples:
    heard = request("sts:GetCallerIdentity", day=-40)
    yield alerts("ten tasks, ten times", heard, *tasks(10), severity=Severity.MEDIUM)
    one: Fields = {"taskDefinition": "miner", "count": 1}
    alone = [started("ecs:RunTask", n / 4, **one) for n in range(100)]
    yield alerts("one task, a hundred times", *alone, label="ecs:RunTask miner")
    yield silent("one less", *alone[1:])
    yield alerts("all day long", *tasks(30, every=45))
    yield silent("one less all day long", *tasks(29, every=45), *alone[:9])
    for action, body in BODIES.items():
        yield alerts(action, *(started(action, n / 4, **body) for n in range(100)))
    array = started("batch:SubmitJob", 0, **JOB, arrayProperties={"size": 100})
    yield alerts("an array of jobs", array)
    for name in ("numberOfWorkers", "maxCapacity"):
        workers: Fields = {"jobName": "j", name: 100.0}
        yield alerts(name, started("glue:StartJobRun", 0, **workers))
    machines = {"instanceType": "ml.g5.48xlarge", "instanceCount": 1, "volumeSizeInGB": 9}
    jobs = [training(n, resourceConfig=machines) for n in range(3)]
    yield alerts("three big machines", *jobs)
    yield silent("two big machines", *jobs[:2])
    yield alerts("three at once", training(0, resourceConfig=machines | {"instanceCount": 3}))
    big: Fields = {"projectName": "p", "computeTypeOverride": "BUILD_GENERAL1_2XLARGE"}
    builds = [started("codebuild:StartBuild", n, **big) for n in range(6)]
    yield alerts("six big builds", *builds)
    yield silent("five big builds", *builds[:5])
    named = BODIES["lightsail:CreateInstances"] | {"instanceNames": [f"m{n}" for n in range(100)]}
    yield alerts("small machines", started("lightsail:CreateInstances", 0, **named))
    yield silent("no number", started("ecs:RunTask", 0, **TEN | {"count": True}))
    yield from by_schedulers()


TEN: Fields = {"taskDefinition": "miner", "count": 10}
JOB: Fields = {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}
TRAINING: Fields = {
    "trainingJobName": "t",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/train",
    "outputDataConfig": {"s3OutputPath": "s3://models"},
    "stoppingCondition": {},
    "algorithmSpecification": {"trainingInputMode": "File"},
}
BODIES: Mapping[str, Fields] = {
    "batch:SubmitJob": JOB,
    "codebuild:StartBuild": {"projectName": "p"},
    "codebuild:StartBuildBatch": {"projectName": "p"},
    "ecs:RunTask": {"taskDefinition": "t"},
    "ecs:StartTask": {"taskDefinition": "t", "containerInstances": ["i"]},
    "emr-serverless:StartJobRun": {
        "applicationId": "a",
        "clientToken": "t",
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/jobs",
    },
    "glue:StartJobRun": {"jobName": "j"},
    "lightsail:CreateInstances": {
        "instanceNames": ["m"],
        "availabilityZone": "us-east-1a",
        "blueprintId": "b",
        "bundleId": "large",
    },
    "sagemaker:CreateTrainingJob": TRAINING,
}


def training(minute: float, **machines: Any) -> Record:
    return started("sagemaker:CreateTrainingJob", minute, **TRAINING, **machines)


def by_schedulers() -> Examples:
    heard = request("sts:GetCallerIdentity", day=-40)
    instance = instance_role("scheduler")
    night = tasks(10, by=instance)
    yield alerts("by an instance, for the first time", heard, *night)
    yield silent("by an instance, on the first day", *night)
    yield alerts("by a role", *tasks(10, by=ROLE))
    twice = [*tasks(10, by=instance, day=-1), *night]
    yield silent("every night, from the first day on", *twice)


def tasks(
    times: int, *, by: Fields | None = None, every: float = 1, day: float = 0
) -> list[Record]:
    return [started("ecs:RunTask", n * every, by, day=day, **TEN) for n in range(times)]


def started(
    action: str, minute: float, by: Fields | None = None, *, day: float = 0, **parameters: Any
) -> Record:
    body: Fields = dict(parameters)
    return request(action, by, minute=minute, day=day, **body)
