"""Mailbox opened to another user.

The API of WorkMail gives one user the mailbox of another, without the owner's word. An intruder
reads the mail of a director, or sends it in their name.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, alerts, silent

ROLE = "Role that opens mailboxes to programs set"


def detect(event: Event) -> Match | None:
    if event.name.endswith("ImpersonationRole"):
        role = event.request("name")
        return Match(f"{event.request('type')} {role}", subject=role, title=ROLE)
    rights = [*map(text_of, event.listed("requestParameters.permissionValues"))]
    if not any(rights):
        return None
    mailbox, user = event.request("entityId"), event.request("granteeId")
    return Match(f"{', '.join(rights)} of {mailbox} to {user}", subject=mailbox)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "workmail:CreateImpersonationRole",
        "workmail:PutMailboxPermissions",
        "workmail:UpdateImpersonationRole",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the mailbox. If they do not know of it, take the permission back. "
    "Set another password for the other user.",
    false_positives="A help desk opens shared mailboxes.",
)


def examples() -> Examples:
    mailbox: Fields = {"organizationId": "m", "entityId": "ceo", "granteeId": "mallory"}
    put = "workmail:PutMailboxPermissions"
    opened = request(put, **mailbox, permissionValues=["FULL_ACCESS"])
    yield alerts("a mailbox", opened, subject="ceo", label="FULL_ACCESS of ceo to mallory")
    whole: Fields = {"organizationId": "m", "name": "backup", "type": "FULL_ACCESS", "rules": []}
    role = request("workmail:CreateImpersonationRole", **whole)
    yield alerts("a role for programs", role, subject="backup", label="FULL_ACCESS backup")
    named: Fields = whole | {"impersonationRoleId": "r-1"}
    wider = request("workmail:UpdateImpersonationRole", **named)
    yield alerts("a wider role", wider, subject="backup")
    yield silent("no permission", request(put, **mailbox, permissionValues=[]))
    yield silent("refused", refused(put))
