"""Account closed, or removed from the organization.

A closed account stops everything that runs in it. A removed one escapes the organization's
policies and logs. Both are done from the management account, so whoever did it holds all accounts.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, root

DONE = {
    "CloseAccount": ("closed", Severity.CRITICAL),
    "RemoveAccountFromOrganization": ("removed from the organization", Severity.HIGH),
    "DeleteOrganization": ("organization deleted", Severity.CRITICAL),
}


def detect(event: Event) -> Match | None:
    done, severity = DONE.get(event.name, ("removed", Severity.HIGH))
    account = event.text("requestParameters.accountId")[:12]
    if event.denied:
        return Match(f"{done}: refused", severity=Severity.MEDIUM)
    return Match(f"{done} {account}".strip(), severity, account) if event.succeeded else None


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
    severity=Severity.CRITICAL,
    attack={
        Tactic.IMPACT: ["T1531"],
        Tactic.DEFENSE_EVASION: ["T1666"],
    },
    response="Ask whoever did it. If it was not meant, revoke their access to the management "
    "account, and have AWS Support reopen the account, which works for 90 days.",
    false_positives="An account that has reached the end of its life.",
)


def examples() -> Iterator[Example]:
    mallory, request = iam_user("mallory"), {"accountId": "222233334444"}
    close, remove = "organizations:CloseAccount", "organizations:RemoveAccountFromOrganization"
    yield alerts("a member is closed", record(close, mallory, requestParameters=request))
    yield alerts("a member is removed", record(remove, mallory, requestParameters=request))
    yield alerts("root closes the account", record("account:CloseAccount", root()))
    yield alerts("no organization is left", record("organizations:DeleteOrganization", mallory))
    yield alerts("a request that is refused", denied(close, mallory))
    open_bills = "ConstraintViolationException"
    yield silent("it cannot be closed yet", record(close, mallory, errorCode=open_bills))
