"""Lambda function invoked by somebody who never invoked it.

Functions are invoked by services and by a few programs, always the same. Anybody else, or anybody
from another account, is worth a look.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    account = event.user_identity.account_id
    foreign = bool(account) and not event.knows_account(account)
    return Match(event.actor or "nobody", severity=Severity.MEDIUM if foreign else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:Invoke"],
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648"]},
    response="See what the function does and returns, and what else the actor did that day.",
    false_positives="New programs; developers who test.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=lambda event: (
            f"{event.recipient_account_id}/{event.text('requestParameters.functionName')}"
        ),
    ),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    shop = assumed_role("shop")
    usual = invoked(shop, day=0)
    yield alerts("a new actor", usual, invoked(iam_user("mallory"), day=8))
    yield silent("the usual program", usual, invoked(shop, day=8))


def invoked(who: Fields, *, day: int) -> Record:
    return record(
        "lambda:Invoke",
        who,
        minute=day * 1440,
        requestParameters={"functionName": "orders"},
        eventCategory="Data",
        managementEvent=False,
    )
