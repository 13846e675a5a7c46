"""Email sending enabled in SES.

Thieves of credentials sell mails from a real company's address. Before that they leave the sandbox,
switch sending on, and add an identity of their own. WorkMail sends from its own mailboxes.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import PERSON, ROLE, USER, refused, request
from trailwarden.correlations import DAY, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent

IDENTITIES = frozenset(
    {
        "CreateEmailIdentity",
        "VerifyDomainDkim",
        "VerifyDomainIdentity",
        "VerifyEmailAddress",
        "VerifyEmailIdentity",
    }
)
SWITCHES = {"UpdateAccountSendingEnabled", "PutAccountSendingAttributes"}
ADDED = "Sending identity added in SES"
MAILBOXES = "WorkMail set up, which sends without SES's sandbox"
SUPPRESSION = "PutAccountSuppressionAttributes"
UNSUPPRESSED = "SES sends to addresses that bounced or complained"


def detect(event: Event) -> Match | None:
    if event.name in IDENTITIES:
        identity = event.request("emailIdentity", "emailAddress", "domain")
        severity = Severity.LOW if event.caller is Caller.PERSON else Severity.MEDIUM
        return Match(f"{event.name} {identity}", severity=severity, title=ADDED)
    if event.service == "workmail":
        named = event.request("alias", "domainName")
        return Match(f"{event.name} {named}", Severity.MEDIUM, title=MAILBOXES)
    label = f"{event.name} in {event.aws_region}"
    if event.name == SUPPRESSION:
        reasons = event.listed("requestParameters.suppressedReasons")
        return None if reasons else Match(label, Severity.MEDIUM, title=UNSUPPRESSED)
    return Match(label) if switches_on(event) else None


def switches_on(event: Event) -> bool:
    """Say whether a request makes it possible to send, rather than stops it."""
    paths = ("requestParameters.enabled", "requestParameters.sendingEnabled")
    enabled = any(str(event.get(path)).lower() == "true" for path in paths)
    return enabled or event.name not in SWITCHES


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ses:CreateEmailIdentity",
        "ses:PutAccountDedicatedIpWarmupAttributes",
        "ses:PutAccountDetails",
        "ses:PutAccountSendingAttributes",
        "ses:PutAccountSuppressionAttributes",
        "ses:UpdateAccountSendingEnabled",
        "ses:VerifyDomainDkim",
        "ses:VerifyDomainIdentity",
        "ses:VerifyEmailAddress",
        "ses:VerifyEmailIdentity",
        "workmail:CreateOrganization",
        "workmail:RegisterMailDomain",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.IMPACT: ["T1496.004"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1583.006"],
        Tactic.INITIAL_ACCESS: ["T1566"],
    },
    response="Ask the caller. If they know nothing of it, pause sending with `aws ses "
    "update-account-sending-enabled --no-enabled` in each Region. Then disable the credentials.",
    false_positives="A team introduces SES, by hand.",
    correlation=routine(),
    window=7 * DAY,
)


def examples() -> Examples:
    details: dict[str, Any] = {"mailType": "MARKETING", "websiteURL": "https://example.com"}
    out = call("PutAccountDetails", **details)
    yield alerts("a way out of the sandbox", out, severity=Severity.HIGH)
    switch, verify = "UpdateAccountSendingEnabled", "ses:VerifyEmailIdentity"
    yield alerts("sending is on", call(switch, enabled=True))
    yield alerts("sending, in v2", call("PutAccountSendingAttributes", sendingEnabled=True))
    address = "ceo@example.com"
    mine = request(verify, ROLE, emailAddress=address)
    label = f"VerifyEmailIdentity {address}"
    yield alerts("an identity", mine, severity=Severity.MEDIUM, label=label)
    colleague = request(verify, PERSON, emailAddress=address)
    yield alerts("a colleague's identity", colleague, severity=Severity.LOW)
    boxes = request("workmail:CreateOrganization", PERSON, alias="acme-mail")
    label = "CreateOrganization acme-mail"
    yield alerts("mailboxes", boxes, severity=Severity.MEDIUM, label=label)
    own = request("workmail:RegisterMailDomain", organizationId="m", domainName="acme.example")
    yield alerts("their domain", own, label="RegisterMailDomain acme.example")
    every, none = ({"suppressedReasons": reasons} for reasons in (["BOUNCE"], []))
    bounced = call(SUPPRESSION, **none)
    yield alerts("bounces do not matter any more", bounced, severity=Severity.MEDIUM)
    yield silent("bounces matter", call(SUPPRESSION, **every))
    yield silent("sending is off", call(switch, enabled=False))
    yield silent("sending is off, in v2", call("PutAccountSendingAttributes", sendingEnabled=False))
    yield alerts("refused", refused("ses:PutAccountDetails"), severity=Severity.MEDIUM)
    yield from examples_of_routine(
        lambda day: request(verify, ROLE, day=day, emailAddress=address),
        told=Severity.MEDIUM,
        other=lambda day: request(verify, USER, day=day, emailAddress=address),
    )


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"ses:{event_name}", **parameters)
