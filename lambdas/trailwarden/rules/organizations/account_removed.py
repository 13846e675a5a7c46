"""Account removed from the organization.

A closed account stops everything in it. A removed account escapes the organization's policies and
logs. Both happen in the management account, so the caller controls every account.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROOT, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CloseAccount": ("Account closed", Severity.CRITICAL),
    "RemoveAccountFromOrganization": ("Account removed from the organization", Severity.HIGH),
    "DeleteOrganization": ("Organization deleted", Severity.CRITICAL),
}


def detect(event: Event) -> Match:
    title, severity = ACTS[event.name]
    account = event.request("accountId")
    label = f"{event.name} {account or event.recipient_account_id}"
    return Match(label, severity, subject=account, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:CloseAccount",
        "account:CloseAccount",
        "billingconsole:CloseAccount",
        "organizations:RemoveAccountFromOrganization",
        "organizations:DeleteOrganization",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1531"], Tactic.DEFENSE_EVASION: ["T1666"]},
    response="Ask the caller. If it was not intended, revoke their access to the management "
    "account. AWS Support can reopen a closed account for 90 days.",
    false_positives="The account has reached the end of its life.",
)


def examples() -> Examples:
    close, remove = "organizations:CloseAccount", "organizations:RemoveAccountFromOrganization"
    member = "222233334444"
    closed = request(close, accountId=member)
    yield alerts("a member is closed", closed, severity=Severity.CRITICAL, subject=member)
    yield alerts("one is removed", request(remove, accountId=member), severity=Severity.HIGH)
    yield alerts("root closes the account", request("account:CloseAccount", ROOT))
    yield alerts("no organization is left", request("organizations:DeleteOrganization"))
    yield alerts("a refused request", refused(close), severity=Severity.MEDIUM)
    open_bills = {"errorCode": "ConstraintViolationException"}
    yield silent("it cannot close yet", request(close, accountId=member, fields=open_bills))
