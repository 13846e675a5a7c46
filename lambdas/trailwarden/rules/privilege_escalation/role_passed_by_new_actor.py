"""Role handed to a kind of service by somebody who never did.

Whoever may hand a role to a job, a build or a notebook acts as that role. People and pipelines do
it to the services they always use; a new one is a way around their own permissions.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record

TEACHERS = frozenset({"cloudformation", "ecs", "lambda"})
"""Services that everybody hands roles to, every day: they teach, and have rules of their own."""


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    if event.by_automation or event.service in TEACHERS:
        return "usual"
    return f"{event.actor[-150:]} to {event.service}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "cloudformation:CreateStack",
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "ecs:RegisterTaskDefinition",
        "glue:CreateJob",
        "glue:CreateSession",
        "glue:UpdateJob",
        "lambda:CreateFunction",
        "sagemaker:CreateAutoMLJob",
        "sagemaker:CreateDomain",
        "sagemaker:CreateModel",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "sagemaker:CreateUserProfile",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059", "T1610"]},
    response="See which role it was and what it may do. If nobody explains it, stop what runs with "
    "it, revoke the role's sessions, and look at what it did.",
    false_positives="Colleagues and pipelines that begin to use a service.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
    references=["https://pathfinding.cloud/"],
)


def examples() -> Iterator[Example]:
    deploy, mallory = assumed_role("deploy"), iam_user("mallory")
    usual = record("lambda:CreateFunction20150331", deploy)
    for action in ("glue:CreateJob", "codebuild:CreateProject", "apprunner:CreateService"):
        yield alerts(action, usual, record(action, mallory, minute=8 * 1440))
    known = record("glue:CreateJob", mallory)
    yield silent("the usual service", known, record("glue:UpdateJob", mallory, minute=8 * 1440))
    yield silent("in the first week", usual, record("glue:CreateJob", mallory, minute=6 * 1440))
    function = record("lambda:CreateFunction20150331", mallory, minute=8 * 1440)
    yield silent("a function", usual, function)
