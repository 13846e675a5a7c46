"""DNS records were changed by a principal that never did before.

Whoever changes DNS takes over mail and web traffic, and gets certificates for the name. In most
accounts the same few people and controllers do it.
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
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    sets = list(values(asked, "resourceRecordSet"))
    takes_over = any(kind in {"NS", "MX"} for held in sets for kind in texts(held, "type"))
    is_wild = any(name.startswith(("*", "\\052")) for held in sets for name in texts(held, "name"))
    severity = Severity.HIGH if takes_over or is_wild else None
    return Match(event.actor[:200], severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53:ChangeResourceRecordSets",
        "route53:CreateHostedZone",
        "route53:DeleteHostedZone",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.RESOURCE_DEVELOPMENT: ["T1584.002", "T1583.001"]},
    response="Ask whoever changed them what for, and compare the records with what they were. If "
    "it was not them, put the records back and disable the credentials.",
    false_positives="New colleagues and new controllers.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [change("bob", "A", minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("somebody new", *weeks, change("alice", "A", minute=later))
    yield alerts("somebody new, for mail", *weeks, change("alice", "MX", minute=later))
    yield silent("somebody known", *weeks, change("bob", "A", minute=later))
    refused = {**change("alice", "A", minute=later), "errorCode": "AccessDenied"}
    yield silent("somebody new, refused", *weeks, refused)


def change(name: str, kind: str, *, minute: float) -> Record:
    entry = {"name": "www.example.com", "type": kind, "tTL": 60}
    batch = {"changes": [{"action": "UPSERT", "resourceRecordSet": entry}]}
    asked = {"hostedZoneId": "Z0123456789ABCDEFGHIJ", "changeBatch": batch}
    action = "route53:ChangeResourceRecordSets"
    return record(action, iam_user(name), minute=minute, requestParameters=asked)
