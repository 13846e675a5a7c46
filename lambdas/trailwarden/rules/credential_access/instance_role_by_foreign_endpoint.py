"""Credentials of an instance used through a foreign VPC endpoint.

The credentials of an instance's role belong on that instance, in a network of the account. A thief
took them to another account, whose endpoint hides the address.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    request,
    task,
)
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import instance_of


def detect(event: Event) -> Match | None:
    owner = event.text("vpcEndpointAccountId")
    if event.knows_account(owner) or not resembles_workload(event):
        return None
    instance = instance_of(event)
    return Match(f"{instance}, by an endpoint of account {owner}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {"principalId": [{"wildcard": "*:i-*"}]},
        "vpcEndpointAccountId": [{"exists": True}],
    },
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE, Caller.ROLE}),
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Revoke the sessions of the role, which cuts the instance off, too. Isolate the "
    "instance, because its credentials leaked there. Then review all acts through the endpoint.",
    false_positives="An account of your own with a shared VPC. Name it in `own_accounts`.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"
    ],
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

INSTANCE = "i-0123456789abcdef0"


def examples() -> Examples:
    label = f"{INSTANCE}, by an endpoint of account {OTHER_ACCOUNT}"
    old = assumed_role("Web", INSTANCE)
    yield alerts("a session named like an instance", call(old), subject=INSTANCE, label=label)
    yield alerts("an instance", call(instance_role("Web")), subject=INSTANCE)
    yield silent("an own endpoint", call(instance_role("Web"), ACCOUNT))
    yield silent("a task", call(assumed_role("Web", "0f9de17a6465404e8b1b2356dc13c2f8")))
    yield silent("a session named otherwise", call(assumed_role("Web", "i-am")))
    yield silent("a container", call(task("Web")))
    guest = assumed_role("Web", INSTANCE, account="777788889999")
    yield silent("of an unknown account", call(guest))


def call(by: Fields, owner: str = OTHER_ACCOUNT) -> Record:
    fields = {"sourceIPAddress": "10.0.0.9", "vpcEndpointId": "vpce-0a1b2c3d"}
    return request("s3:ListBuckets", by, fields=fields | {"vpcEndpointAccountId": owner})
