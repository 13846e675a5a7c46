"""Container image pushed by somebody who never did.

Images come from the pipeline. One that somebody else pushes, under a name that services pull,
runs at the next deployment with everything those services may do.
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
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecr:PutImage", "ecr-public:PutImage"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.EXECUTION: ["T1204.003"]},
    response="Find out which repository and tag were pushed and whether they run anywhere. If "
    "nobody explains it, delete the image, deploy the previous one, and disable the credentials.",
    false_positives="New colleagues and new pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    build, mallory = assumed_role("build"), iam_user("mallory")
    usual = pushed(build, day=0)
    yield alerts("a new actor", usual, pushed(mallory, day=8))
    yield silent("the usual pipeline", usual, pushed(build, day=8))
    yield silent("within the first week", usual, pushed(mallory, day=6))


def pushed(who: Fields, *, day: int) -> Record:
    told = {"repositoryName": "app", "imageTag": "latest"}
    return record("ecr:PutImage", who, minute=day * 1440, requestParameters=told)
