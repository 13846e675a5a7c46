"""Account's e-mail address, name or contacts changed.

Whoever holds the root user's e-mail address can have its password reset, and AWS warns of abuse
through the contacts. An intruder changes both, to take the account over and to miss no warning.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record, root
from trailwarden.environment import Environment
from trailwarden.services.signin import failed

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))

DONE = {
    "EmailUpdated": ("root e-mail address changed", Severity.HIGH),
    "StartPrimaryEmailUpdate": ("change of the root e-mail address started", Severity.HIGH),
    "AcceptPrimaryEmailUpdate": ("root e-mail address changed", Severity.HIGH),
    "AccountNameUpdated": ("account renamed", Severity.MEDIUM),
    "PutAccountName": ("account renamed", Severity.MEDIUM),
    "PutAlternateContact": ("contact changed", Severity.MEDIUM),
    "DeleteAlternateContact": ("contact deleted", Severity.MEDIUM),
    "SetContactAddress": ("primary contact changed", Severity.MEDIUM),
    "PutContactInformation": ("primary contact changed", Severity.MEDIUM),
}


def detect(event: Event) -> Match | None:
    done, severity = DONE.get(event.name, (event.name, Severity.MEDIUM))
    if failed(event) or (severity < Severity.HIGH and event.by_automation):
        return None
    kind = event.text("requestParameters.alternateContactType")[:20].lower()
    return Match(f"{kind} {done}".strip(), severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "signin:EmailUpdated",
        "signin:AccountNameUpdated",
        "account:AcceptPrimaryEmailUpdate",
        "account:DeleteAlternateContact",
        "account:PutAccountName",
        "account:PutAlternateContact",
        "account:PutContactInformation",
        "account:StartPrimaryEmailUpdate",
        "billingconsole:PutAlternateContact",
        "billingconsole:SetContactAddress",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the account, by telephone. If it was not them, change the address "
    "back while you still can, or contact AWS Support, and change the root password.",
    false_positives="An account that gets a new owner or a new security mailbox.",
)


def examples() -> Iterator[Example]:
    updated = {"EmailUpdated": "Success"}
    email = record("signin:EmailUpdated", root(), responseElements=updated)
    yield alerts("root's address, as root", email)
    start = "account:StartPrimaryEmailUpdate"
    yield alerts("root's address, from the management account", record(start, iam_user("mallory")))
    yield alerts("even by the pipeline", record(start, assumed_role("deploy")))
    contact = {"alternateContactType": "SECURITY", "emailAddress": "HIDDEN"}
    put = "account:PutAlternateContact"
    yield alerts("a contact", record(put, iam_user("mallory"), requestParameters=contact))
    yield silent("a contact, by the pipeline", record(put, assumed_role("deploy")))
    yield silent("a refusal", denied(put, iam_user("mallory")))
    wrong = record("signin:EmailUpdated", root(), responseElements={"EmailUpdated": "Failure"})
    yield silent("a change that fails", wrong)
