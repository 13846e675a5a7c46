"""Mail sent through SES by somebody who never did.

Mail is sent by a few programs, every day. A principal that begins to send, most of all a user with
a key, may be sending phishing in the company's name.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    by_key = event.user_identity.uses_long_term_key
    return Match(event.actor or "nobody", severity=Severity.HIGH if by_key else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ses:SendBulkEmail",
        "ses:SendBulkTemplatedEmail",
        "ses:SendEmail",
        "ses:SendRawEmail",
        "ses:SendTemplatedEmail",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Ask the principal's owner whether it should send mail. If not, pause sending, "
    "disable the credentials, and look at what was sent to whom.",
    false_positives="New programs that send mail.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    shop, mallory = assumed_role("shop"), iam_user("mallory")
    usual = sent(shop, day=0)
    yield alerts("a new sender", usual, sent(mallory, day=8))
    yield silent("the usual sender", usual, sent(shop, day=8))


def sent(who: Fields, *, day: int) -> Record:
    fields = {"eventCategory": "Data", "managementEvent": False}
    return record("ses:SendEmail", who, minute=day * 1440, requestParameters=fields)
