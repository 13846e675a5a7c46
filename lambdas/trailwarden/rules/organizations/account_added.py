"""Account added to the organization.

A new account is a place that nobody watches yet. A moved account sheds the policies of its old
unit. An account that accepts an invitation gets a new owner.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateAccount": "Account created in the organization",
    "CreateGovCloudAccount": "Account created with one in GovCloud",
    "InviteAccountToOrganization": "Account invited to the organization",
    "AcceptHandshake": "Invitation of an organization accepted",
    "MoveAccount": "Account moved within the organization",
    "CreateOrganization": "Organization created",
}


def detect(event: Event) -> Match:
    name = event.request("accountId", "accountName", "target.id", "handshakeId", "featureSet")
    return Match(f"{event.name} {name}".strip(), title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:CreateAccount",
        "organizations:CreateGovCloudAccount",
        "organizations:InviteAccountToOrganization",
        "organizations:AcceptHandshake",
        "organizations:MoveAccount",
        "organizations:CreateOrganization",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="accounts and access to them",
    attack={
        Tactic.RESOURCE_DEVELOPMENT: ["T1583"],
        Tactic.PERSISTENCE: ["T1136.003"],
        Tactic.DEFENSE_EVASION: ["T1666"],
    },
    response="Ask the caller for the purpose of the account. If nobody knows it, move the account "
    "back or close it. Then revoke the caller's access to the management account.",
    false_positives="An account factory or an engineer sets up an account. It happens a few "
    "times a year, and each time is worth a look.",
)


def examples() -> Examples:
    create = "organizations:CreateAccount"
    created = request(create, accountName="miners", email="m@example.com")
    yield alerts("an account is created", created, label="CreateAccount miners")
    target = {"id": "444455556666", "type": "ACCOUNT"}
    invited = request("organizations:InviteAccountToOrganization", target=target)
    yield alerts("an account is invited", invited)
    moved = request(
        "organizations:MoveAccount",
        accountId=ACCOUNT,
        sourceParentId="ou-a1b2-c3d4e5f6",
        destinationParentId="r-a1b2",
    )
    yield alerts("an account leaves its unit", moved)
    made = request(create, assumed_role("factory"), accountName="growth", email="g@example.com")
    yield alerts("an account factory makes one", made)
    yield silent("a refused request", refused(create))
