"""Queue emptied.

Purging deletes every message of a queue at once: orders that were not handled yet, or alerts and
logs on their way to whoever watches.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record

WATCHED = ("alert", "audit", "cloudtrail", "guardduty", "log", "securityhub", "siem")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    queue = event.text("requestParameters.queueUrl").rpartition("/")[2]
    watched = any(word in queue.lower() for word in WATCHED)
    own = event.environment.is_pipeline_resource(queue)
    return Match(queue[:100], severity=Severity.HIGH if watched or own else None, subject=queue)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sqs:PurgeQueue"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Ask whoever it was, and find out what was in the queue. Where it carries logs or "
    "alerts, read what happened since from their source.",
    false_positives="Developers who empty the queue of a test.",
)


def examples() -> Iterator[Example]:
    yield alerts("a queue", purged(iam_user("mallory"), "orders"))
    yield alerts("a queue of logs", purged(assumed_role("web"), "cloudtrail-events"))
    yield silent("by AWS", purged(aws_service("cloudformation"), "orders"))
    yield silent("a refusal", denied("sqs:PurgeQueue", iam_user("mallory")))


def purged(who: Fields, queue: str) -> Record:
    told = {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{queue}"}
    return record("sqs:PurgeQueue", who, requestParameters=told)
