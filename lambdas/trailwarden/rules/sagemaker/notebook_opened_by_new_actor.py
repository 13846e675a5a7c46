"""SageMaker notebook opened by somebody who never opened it.

A presigned link opens a notebook or Studio without any further sign-in, with everything its role
may do. People open their own.
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
from trailwarden.cloudtrail.samples import Fields, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    if event.by_automation:
        return "usual"
    told = "requestParameters"
    notebook = event.text(f"{told}.notebookInstanceName") or event.text(f"{told}.userProfileName")
    target = notebook or event.text(f"{told}.resourceIdentifier")
    return f"{target[-80:]} by {event.actor[-100:]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:StartSession",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Ask the owner of the notebook. If somebody else opened it, stop it, revoke the "
    "sessions of its role, and look at what the role did.",
    false_positives="New colleagues and notebooks that a team shares.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    alice, mallory = sso_user("alice@example.com"), iam_user("mallory")
    usual = opened(alice, day=0)
    yield alerts("somebody else", usual, opened(mallory, day=8))
    yield silent("its owner", usual, opened(alice, day=8))
    yield silent("within the week", usual, opened(mallory, day=6))


def opened(who: Fields, *, day: int) -> Record:
    action, told = "sagemaker:CreatePresignedNotebookInstanceUrl", {"notebookInstanceName": "n"}
    return record(action, who, minute=day * 1440, requestParameters=told)
