"""Contact details of the account changed.

The owner of the root user's e-mail address can reset its password, and AWS warns of abuse through
the contacts. An intruder changes both, to take the account over and to miss no warning.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROOT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import failed

ACTS = {
    "EmailUpdated": ("E-mail address of root changed", Severity.HIGH),
    "StartPrimaryEmailUpdate": ("Change of root's e-mail address started", Severity.HIGH),
    "AcceptPrimaryEmailUpdate": ("E-mail address of root changed", Severity.HIGH),
    "AccountNameUpdated": ("Account renamed", Severity.MEDIUM),
    "PutAccountName": ("Account renamed", Severity.MEDIUM),
    "PutAlternateContact": ("Alternate contact of the account changed", Severity.MEDIUM),
    "DeleteAlternateContact": ("Alternate contact of the account deleted", Severity.MEDIUM),
    "SetContactAddress": ("Primary contact of the account changed", Severity.MEDIUM),
    "PutContactInformation": ("Primary contact of the account changed", Severity.MEDIUM),
}


def detect(event: Event) -> Match | None:
    title, severity = ACTS[event.name]
    if failed(event) or (severity < Severity.HIGH and event.caller in DEPLOYMENT):
        return None
    kind = event.request("alternateContactType").lower()
    if kind == "billing":
        severity = Severity.LOW
    account = event.request("accountId") or event.recipient_account_id
    return Match(f"{kind} {event.name} of {account}".strip(), severity, title=title)


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
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the account, by telephone. If they did not do it, change the "
    "address back at once, or contact AWS Support. Then change the root password.",
    false_positives="The account gets a new owner or a new security mailbox.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    start, put = "account:StartPrimaryEmailUpdate", "account:PutAlternateContact"
    began = request(start, accountId="444455556666", primaryEmail="HIDDEN")
    yield alerts("from the management account", began, severity=Severity.HIGH)
    answer = {"EmailUpdated": "Success"}
    yield alerts("root's address, as root", request("signin:EmailUpdated", ROOT, answer=answer))
    yield alerts("even deployed", request(start, DEPLOYER, accountId="4", primaryEmail="H"))
    bills = request(put, **contact("BILLING"))
    yield alerts("who gets the bills", bills, severity=Severity.LOW)
    warnings = request(put, **contact("SECURITY"))
    yield alerts("who gets AWS's warnings", warnings, severity=Severity.MEDIUM)
    renamed = request("account:PutAccountName", accountName="mine")
    yield alerts("renamed", renamed, severity=Severity.MEDIUM)
    yield silent("a name, deployed", request("account:PutAccountName", DEPLOYER, accountName="a"))
    yield silent("a refused request", refused(put))
    wrong = {"EmailUpdated": "Failure"}
    yield silent("a failed change", request("signin:EmailUpdated", ROOT, answer=wrong))


def contact(kind: str) -> Fields:
    person = dict.fromkeys(("emailAddress", "name", "phoneNumber", "title"), "HIDDEN")
    return person | {"alternateContactType": kind}
