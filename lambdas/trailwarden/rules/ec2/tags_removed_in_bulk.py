"""Tags were removed from many resources at once.

Tags decide who may touch a resource, whether it is backed up, and what guards skip. Taking them
away takes that protection away.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record, listed
from trailwarden.services.ec2 import values

MANY = 10


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    lists = values(asked, "resourcesSet", "resourceARNList")
    count = sum(len(listed(held)) for held in lists)
    return f"{event.name}: {count} resources" if count >= MANY else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteTags", "tagging:UntagResources"],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562", "T1578"]},
    response="See which tags went, and what they meant: access, backup or exceptions. Put them "
    "back where they guarded something.",
    false_positives="Tags that are renamed by hand.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("ten resources", removal(10))
    arns = [f"arn:aws:sqs:us-east-1:111122223333:queue-{n}" for n in range(12)]
    asked: Fields = {"requestParameters": {"resourceARNList": arns, "tagKeys": ["Backup"]}}
    yield alerts(
        "by the tagging service", record("tagging:UntagResources", iam_user("alice"), **asked)
    )
    yield silent("nine resources", removal(9))
    yield silent("a refusal", {**removal(10), "errorCode": "Client.UnauthorizedOperation"})


def removal(count: int) -> Record:
    resources = {"items": [{"resourceId": f"i-{n}"} for n in range(count)]}
    asked: Fields = {"resourcesSet": resources, "tagSet": {"items": [{"key": "Backup"}]}}
    return record("ec2:DeleteTags", iam_user("alice"), requestParameters=asked)
