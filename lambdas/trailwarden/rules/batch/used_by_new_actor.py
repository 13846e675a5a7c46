"""AWS Batch used by somebody who never did.

A job definition or an override runs any command with a role, and a compute environment starts
servers until its limit is reached: for getting permissions and for mining alike.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record

LARGE = 256


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    limit = event.get("requestParameters.computeResources.maxvCpus")
    large = isinstance(limit, int) and limit >= LARGE
    commands = event.listed("requestParameters.containerOverrides.command")
    severity = Severity.HIGH if large or commands else None
    return Match(event.actor or "nobody", severity=severity)


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
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1610", "T1059"], Tactic.IMPACT: ["T1496.001"]},
    response="Look at the jobs' image, command and role. If nobody explains them, terminate them, "
    "delete the compute environment, and disable the credentials.",
    false_positives="New colleagues and new programs.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    job, mallory = assumed_role("job"), iam_user("mallory")
    usual = record("batch:SubmitJob", job)
    told = {"containerOverrides": {"command": ["sh", "-c", "env"]}}
    submit = record("batch:SubmitJob", mallory, minute=8 * 1440, requestParameters=told)
    yield alerts("a new actor's command", usual, submit)
    create = record("batch:CreateComputeEnvironment", mallory, minute=8 * 1440)
    yield alerts("a new actor's servers", usual, create)
    yield silent("the usual program", usual, record("batch:SubmitJob", job, minute=8 * 1440))
