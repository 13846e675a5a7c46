"""Access of many people taken away in Identity Center.

An intruder who holds Identity Center locks everybody out: assignments, permission sets, groups and
users go. Incident responders are then without a way in.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts

NAMES = ("principalId", "targetId", "permissionSetArn", "membershipId", "userId", "groupId")
"""What says whose access it is: one label for each way that somebody had."""


def detect(event: Event) -> Match | None:
    named = texts(event.get("requestParameters"), *NAMES, "memberId")
    return Match(f"{event.name} {' '.join(named)}") if named else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "identitystore:DeleteGroup",
        "identitystore:DeleteGroupMembership",
        "identitystore:DeleteUser",
        "sso-directory:DeleteGroup",
        "sso-directory:DeleteGroupMembership",
        "sso-directory:DeleteUser",
        "sso-directory:DisableUser",
        "sso-directory:RemoveMemberFromGroup",
        "sso:DeleteAccountAssignment",
        "sso:DeletePermissionSet",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1531"]},
    response="Ask the caller. If nobody ordered it, end their sessions first. Come in by the "
    "break-glass role, and give the groups their assignments back.",
    false_positives="An account or a team that is closed, by hand. Name the role that automates "
    "it in `deploy_roles`.",
    correlation=ValueCount(at_least=10, in_a_day=30, timespan=30 * MINUTE, group_by=by_actor),
)

ENVIRONMENT = DEPLOYED
STORE: Fields = {"identityStoreId": "d-1"}
INSTANCE: Fields = {"instanceArn": "arn:aws:sso:::instance/ssoins-1"}
BODIES: dict[str, tuple[str, Fields]] = {
    "identitystore:DeleteGroup": ("groupId", STORE),
    "identitystore:DeleteGroupMembership": ("membershipId", STORE),
    "identitystore:DeleteUser": ("userId", STORE),
    "sso-directory:DeleteGroup": ("groupId", STORE),
    "sso-directory:DeleteGroupMembership": ("membershipId", STORE),
    "sso-directory:DeleteUser": ("userId", STORE),
    "sso-directory:DisableUser": ("userId", {}),
    "sso-directory:RemoveMemberFromGroup": ("memberId", {}),
    "sso:DeletePermissionSet": ("permissionSetArn", INSTANCE),
}


def examples() -> Examples:
    yield alerts("ten assignments", *(unassigned(n) for n in range(10)), severity=Severity.MEDIUM)
    yield silent("nine assignments", *(unassigned(n) for n in range(9)))
    yield silent("one assignment, ten times", *(unassigned(0, n) for n in range(10)))
    for action, (name, others) in BODIES.items():
        bodies = [{**others, name: f"x{n}"} for n in range(10)]
        ten = [request(action, minute=n, **body) for n, body in enumerate(bodies)]
        yield alerts(action, *ten)
    patient = [unassigned(n, n * 45) for n in range(30)]
    yield alerts("one after the other, all day long", *patient)
    yield silent("one less all day long", *patient[1:])
    yield silent("a pipeline", *(unassigned(n, by=DEPLOYER) for n in range(10)))


def unassigned(number: int, minute: int | None = None, by: Fields | None = None) -> Record:
    body: dict[str, Any] = {
        "targetId": "222233334444",
        "targetType": "AWS_ACCOUNT",
        "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
        "principalType": "GROUP",
        "principalId": f"group-{number}",
    }
    at = number if minute is None else minute
    return request("sso:DeleteAccountAssignment", by, minute=at, **INSTANCE, **body)
