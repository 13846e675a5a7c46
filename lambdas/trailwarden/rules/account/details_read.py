"""Account's contacts or bill read with a long-term key.

Whoever finds a key wants to know whose it is, and whether the account spends enough for another
thousand dollars to go unnoticed. Programs with a key of their own have other things to ask.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, sso_user


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_automation and not event.by_security_team


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "account:GetAccountInformation",
        "account:GetAlternateContact",
        "account:GetContactInformation",
        "account:GetPrimaryEmail",
        "billingconsole:GetAlternateContact",
        "billingconsole:GetContactInformation",
        "ce:GetCostAndUsage",
        "ce:GetCostForecast",
    ],
    where={"userIdentity": {"accessKeyId": [{"prefix": "AKIA"}]}},
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1580"]},
    response="See what else the key did that day, and from where. If nobody knows the calls, "
    "deactivate the key.",
    false_positives="A cost report that runs with a user's key.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    ci = iam_user("ci")
    yield alerts("a key reads the contacts", record("account:GetContactInformation", ci))
    yield alerts("a key reads the bill", record("ce:GetCostAndUsage", ci))
    yield silent("a person reads the bill", record("ce:GetCostAndUsage", sso_user("alice")))
    yield silent("a request that is refused", denied("ce:GetCostAndUsage", ci))
