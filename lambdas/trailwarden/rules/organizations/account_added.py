"""Account created in, invited to or moved within the organization.

A new account is a place to run things that nobody watches yet; a moved one sheds the policies of
the unit that it was in; and an account that accepts an invitation gets a new owner.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/account-factory",))

DONE = {
    "CreateAccount": "account created",
    "CreateGovCloudAccount": "account created, with one in GovCloud",
    "InviteAccountToOrganization": "account invited",
    "AcceptHandshake": "invitation accepted",
    "MoveAccount": "account moved",
    "CreateOrganization": "organization created",
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    request = "requestParameters"
    asked = event.text(f"{request}.accountId") or event.text(f"{request}.accountName")
    invited = asked or event.text(f"{request}.target.id")
    return Match(f"{DONE.get(event.name, event.name)} {invited[:60]}".strip())


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
    severity=Severity.MEDIUM,
    attack={
        Tactic.RESOURCE_DEVELOPMENT: ["T1583"],
        Tactic.PERSISTENCE: ["T1136.003"],
        Tactic.DEFENSE_EVASION: ["T1666"],
    },
    response="Ask whoever did it what the account is for. If nobody knows, move it back or close "
    "it, and revoke the caller's access to the management account.",
    false_positives="An account that is set up by hand; list the role of an account factory among "
    "the deploy roles.",
)


def examples() -> Iterator[Example]:
    mallory, name = iam_user("mallory"), {"accountName": "miners", "email": "m@example.com"}
    yield alerts("an account is created", done("CreateAccount", mallory, name))
    target = {"target": {"id": "444455556666", "type": "ACCOUNT"}}
    yield alerts("an account is invited", done("InviteAccountToOrganization", mallory, target))
    yield alerts("an invitation is accepted", done("AcceptHandshake", mallory, {}))
    move = {"accountId": ACCOUNT, "destinationParentId": "r-a1b2"}
    yield alerts("an account leaves its unit", done("MoveAccount", mallory, move))
    yield silent(
        "a factory makes one", done("CreateAccount", assumed_role("account-factory"), name)
    )
    yield silent("a request that is refused", denied("organizations:CreateAccount", mallory))
    tower = assumed_role("AWSControlTowerAdmin") | {"invokedBy": "controltower.amazonaws.com"}
    yield silent("Control Tower makes one", by_service(tower, name))


def done(name: str, who: Fields, request: Fields) -> Record:
    return record(f"organizations:{name}", who, requestParameters=request)


def by_service(who: Fields, request: Fields) -> Record:
    address = "controltower.amazonaws.com"
    return record(
        "organizations:CreateAccount", who, requestParameters=request, sourceIPAddress=address
    )
