"""SES explored: what it may send, how much, and as whom.

A stolen key is worth what it can send. The first questions are always the same: the quota, whether
sending is on, and which addresses are verified.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, sso_user


def detect(event: Event) -> str | None:
    in_console = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    if event.by_automation or event.by_security_team or in_console:
        return None
    return event.name if event.succeeded or event.denied else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ses:GetAccount",
        "ses:GetAccountSendingEnabled",
        "ses:GetIdentityVerificationAttributes",
        "ses:GetSendQuota",
        "ses:GetSendStatistics",
        "ses:ListEmailIdentities",
        "ses:ListIdentities",
        "ses:ListVerifiedEmailAddresses",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Find out whose credentials they are. If nobody explains it, disable them, and look "
    "for new identities and sent mail in every Region.",
    false_positives="Programs that send a newsletter; scanners: name theirs in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    names = ["GetSendQuota", "ListIdentities", "GetIdentityVerificationAttributes"]
    mallory = iam_user("mallory")
    yield alerts("three questions", *(record(f"ses:{name}", mallory) for name in names))
    yield alerts("three refusals", *(denied(f"ses:{name}", mallory) for name in names))
    yield silent("two questions", *(record(f"ses:{name}", mallory) for name in names[:2]))
    alice = sso_user("alice@example.com")
    page = (record(f"ses:{name}", alice, sessionCredentialFromConsole="true") for name in names)
    yield silent("a page of the console", *page)
