"""Container images pulled, or a token for them issued, by a new actor.

Images hold the programs of a company, and often the secrets that were forgotten in them. Nodes
and pipelines pull them all day; a user who never did may be looking for those.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, instance_role, record


def detect(event: Event) -> str | None:
    who = event.user_identity
    pulls = event.succeeded and not event.by_automation and not who.is_instance_role
    return event.actor if pulls else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"],
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213"], Tactic.CREDENTIAL_ACCESS: ["T1528"]},
    response="See which images were pulled, from where, and whether secrets are in them.",
    false_positives="New programs and new colleagues.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action, task = "ecr:BatchGetImage", assumed_role("tasks")
    usual = record(action, task)
    yield alerts("a new actor", usual, record(action, iam_user("m"), minute=8 * 1440))
    yield silent("the usual one", usual, record(action, task, minute=8 * 1440))
    yield silent("a new node", usual, record(action, instance_role("n"), minute=8 * 1440))
