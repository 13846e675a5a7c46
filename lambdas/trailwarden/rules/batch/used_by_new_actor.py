"""AWS Batch used by a new principal.

A job definition runs any command with a role, and an override does so too. A compute environment
starts servers until its limit is reached. Both serve for new permissions and for mining.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

LARGE = 256
NAMES = ("computeEnvironmentName", "computeEnvironment", "jobName", "jobQueueName")


def detect(event: Event) -> Match:
    limit = event.get("requestParameters.computeResources.maxvCpus")
    is_large = isinstance(limit, int) and limit >= LARGE
    commands = event.listed("requestParameters.containerOverrides.command")
    thing = event.request(*NAMES, "jobDefinitionName")
    severity = Severity.HIGH if is_large or commands else None
    return Match(event.actor or "unknown", severity, thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "batch:CreateComputeEnvironment",
        "batch:CreateJobQueue",
        "batch:RegisterJobDefinition",
        "batch:SubmitJob",
        "batch:UpdateComputeEnvironment",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1610", "T1059"], Tactic.IMPACT: ["T1496.001"]},
    response="Look at the jobs' image, command and role. If nobody can explain them, terminate "
    "them, delete the compute environment, and disable the credentials.",
    false_positives="New colleagues and new programs.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    medium, high = Severity.MEDIUM, Severity.HIGH
    usual = submit(ROLE)
    yield alerts("a job", usual, submit(USER, day=7), severity=medium, subject="train")
    command = {"command": ["sh", "-c", "env"]}
    yield alerts("a command", usual, submit(USER, day=7, containerOverrides=command), severity=high)
    large: Fields = {"computeEnvironment": "work", "computeResources": {"maxvCpus": 256}}
    servers = request("batch:UpdateComputeEnvironment", day=7, **large)
    yield alerts("many servers", usual, servers, severity=high, subject="work")
    definition = request(
        "batch:RegisterJobDefinition", day=7, jobDefinitionName="j", type="container"
    )
    yield alerts("a definition", usual, definition, severity=medium, subject="j")
    yield silent("the usual program", usual, submit(ROLE, day=7))
    yield silent("in the first week", usual, submit(USER, day=6))


def submit(by: Fields, *, day: int = 0, **more: Any) -> Record:
    job: Fields = {"jobName": "train", "jobQueue": "queue", "jobDefinition": "train:1"}
    return request("batch:SubmitJob", by, day=day, **job | more)
