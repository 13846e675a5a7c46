"""Email sending switched on, or an identity added, in SES.

Thieves of keys sell what SES can send: phishing from a real company's address. Before that they
ask for a way out of the sandbox, switch sending on, and add an identity of their own.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record

IDENTITIES = frozenset(
    {
        "CreateEmailIdentity",
        "VerifyDomainDkim",
        "VerifyDomainIdentity",
        "VerifyEmailAddress",
        "VerifyEmailIdentity",
    }
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    who = event.user_identity
    if event.name in IDENTITIES:
        by_user = who.is_iam_user or who.is_root or who.is_instance_role
        told = "requestParameters"
        added = event.text(f"{told}.emailIdentity") or event.text(f"{told}.emailAddress")
        label = f"{event.name} {(added or event.text(f'{told}.domain'))[-60:]}"
        return Match(label, severity=Severity.MEDIUM) if by_user else None
    return Match(f"{event.name} in {event.aws_region}") if switches_on(event) else None


def switches_on(event: Event) -> bool:
    """Say whether a request makes it possible to send, rather than stops it."""
    told = "requestParameters"
    flags = [event.get(f"{told}.enabled"), event.get(f"{told}.sendingEnabled")]
    enabled = any(str(flag).lower() == "true" for flag in flags)
    switches = {"UpdateAccountSendingEnabled", "PutAccountSendingAttributes"}
    return enabled or event.name not in switches


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ses:CreateEmailIdentity",
        "ses:PutAccountDedicatedIpWarmupAttributes",
        "ses:PutAccountDetails",
        "ses:PutAccountSendingAttributes",
        "ses:UpdateAccountSendingEnabled",
        "ses:VerifyDomainDkim",
        "ses:VerifyDomainIdentity",
        "ses:VerifyEmailAddress",
        "ses:VerifyEmailIdentity",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.IMPACT: ["T1496.004"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1583.006"],
        Tactic.INITIAL_ACCESS: ["T1566"],
    },
    response="Ask whoever it was. If they know nothing of it, pause sending with `aws ses "
    "update-account-sending-enabled --no-enabled` in each Region and disable the credentials.",
    false_positives="The team that introduces SES, by hand.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a way out of the sandbox", asked("PutAccountDetails", mallory))
    on, off = {"enabled": True}, {"enabled": False}
    yield alerts("sending is on", asked("UpdateAccountSendingEnabled", mallory, **on))
    mail = {"emailAddress": "ceo@example.com"}
    yield alerts("a user's identity", asked("VerifyEmailIdentity", mallory, **mail))
    alice = sso_user("alice@example.com")
    yield alerts("sending, in v2", asked("PutAccountSendingAttributes", alice, sendingEnabled=True))
    yield silent("sending is off", asked("UpdateAccountSendingEnabled", mallory, **off))
    yield silent("a colleague's identity", asked("VerifyEmailIdentity", alice, **mail))
    yield silent("a refusal", denied("ses:PutAccountDetails", mallory))


def asked(name: str, who: Fields, **told: Any) -> Record:
    return record(f"ses:{name}", who, requestParameters=told)
