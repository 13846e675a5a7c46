"""Queue purged.

Purging deletes every message of a queue at once: unhandled orders, or alerts and logs on their way
to the people who watch.

What a principal did to one queue on three days, from a week ago on, is its routine: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, refused, request
from trailwarden.cloudtrail.values import mentions, whole_words
from trailwarden.correlations import of_label, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent

WATCHED = whole_words(
    *("audit log", "audit trail", "cloud trail", "guard duty", "security alert", "security event"),
    *("security finding", "security hub", "security log", "siem"),
)
"""Phrases that say what a queue carries; one word of them stands in many other names."""


def detect(event: Event) -> Match:
    queue = event.request("queueUrl").rpartition("/")[2] or event.refused_resource
    watched = mentions(queue, WATCHED)
    own = event.environment.is_pipeline_resource(queue)
    return Match(queue, severity=Severity.HIGH if watched or own else None, subject=queue)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sqs:PurgeQueue"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Ask the caller, and find out which messages were lost. If the queue carries logs or "
    "alerts, read the events since from their source.",
    false_positives="A developer empties the queue of a test.",
    correlation=routine(kind=of_label),
)


def examples() -> Examples:
    yield alerts("a queue", purged("orders"), severity=Severity.MEDIUM, subject="orders")
    yield alerts("a queue of logs", purged("cloudtrail-events"), severity=Severity.HIGH)
    for name in ("security-camera", "audit-report-jobs", "catalog-sync"):
        yield alerts(name, purged(name), severity=Severity.MEDIUM)
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:cloudtrail-events"
    message = {"errorMessage": f"You are not authorized to perform: x on resource: {arn}"}
    tried = refused("sqs:PurgeQueue", fields=message)
    yield alerts("refused", tried, severity=Severity.MEDIUM, subject=arn)
    failed = request("sqs:PurgeQueue", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    yield from examples_of_routine(
        lambda day: purged("orders", day=day),
        told=Severity.MEDIUM,
        other=lambda day: purged("orders", ROLE, day=day),
    )
    usual = [purged("orders", day=day) for day in (-9, -8, -7)]
    yield alerts("another queue than ever", *usual, purged("bills"), last=Severity.MEDIUM)


def purged(queue: str, by: Fields | None = None, *, day: int = 0) -> Record:
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{queue}"
    return request("sqs:PurgeQueue", by, day=day, queueUrl=url)
