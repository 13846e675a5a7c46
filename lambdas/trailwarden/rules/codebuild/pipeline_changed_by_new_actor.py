"""Build pipeline, webhook or connection changed by a new actor.

What a pipeline builds from, and what starts it, decides what reaches production. Those who change
it are few, and always the same.
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


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "codebuild:CreateWebhook",
        "codebuild:UpdateWebhook",
        "codeconnections:CreateConnection",
        "codepipeline:CreatePipeline",
        "codepipeline:PutJobSuccessResult",
        "codepipeline:UpdatePipeline",
        "codestar-connections:CreateConnection",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1195.002"], Tactic.PERSISTENCE: ["T1098"]},
    response="Compare the pipeline's source and webhook with what they should be. If nobody "
    "explains the change, undo it and deploy again from a commit you trust.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory = assumed_role("deploy"), iam_user("mallory")
    usual = record("codepipeline:UpdatePipeline", deploy)
    late = 8 * 1440
    yield alerts("a new actor", usual, record("codebuild:CreateWebhook", mallory, minute=late))
    yield silent("the usual one", usual, record("codebuild:CreateWebhook", deploy, minute=late))
