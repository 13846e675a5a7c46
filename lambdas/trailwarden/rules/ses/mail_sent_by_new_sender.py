"""Mail sent through SES by a new principal.

A few programs send mail every day. A new sender, above all a user with a key, can send phishing in
the company's name.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, function, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    by_key = event.caller is Caller.ACCESS_KEY
    return Match(event.actor, severity=Severity.HIGH if by_key else None)


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
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Ask the principal's owner whether it should send mail. If not, pause sending and "
    "disable the credentials. Then read the sent mails and their recipients.",
    false_positives="A new program that sends mail.",
    correlation=first_use(by_account, days=60),
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    usual = sent(ROLE, day=0)
    yield alerts("a new key", usual, sent(USER, day=7), severity=Severity.HIGH)
    new = sent(function("mailer", "mailer"), day=7)
    yield alerts("a new function", usual, new, severity=Severity.MEDIUM)
    yield silent("the usual sender", usual, sent(ROLE, day=8))
    yield silent("in the first week", usual, sent(USER, day=6))


def sent(by: Fields, *, day: int) -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("ses:SendEmail", by, day=day, fields=data)
