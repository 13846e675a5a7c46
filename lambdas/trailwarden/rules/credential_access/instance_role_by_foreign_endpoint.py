"""Instance's credentials used through somebody else's VPC endpoint.

The credentials of an instance's role belong on that instance, in a network of the account. Whoever
uses them through an endpoint of another account took them there, where no address tells.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    record,
)


def detect(event: Event) -> Match | None:
    identity, owner = event.user_identity, event.text("vpcEndpointAccountId")
    if not identity.is_instance_role or event.by_service or event.knows_account(owner):
        return None
    instance = identity.session_name[:40]
    return Match(f"{instance}, by an endpoint of account {owner[:20]}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {"type": ["AssumedRole"], "principalId": [{"wildcard": "*:i-*"}]},
        "vpcEndpointAccountId": [{"exists": True}],
    },
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Revoke the sessions of the role, which cuts the instance off too, and isolate the "
    "instance: something on it gave the credentials away. Then read what was done by the endpoint.",
    false_positives="An account of your own with a shared VPC: name it in `own_accounts`.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"
    ],
)


def examples() -> Iterator[Example]:
    endpoint: Fields = {"sourceIPAddress": "10.0.0.9", "vpcEndpointId": "vpce-0a1b2c3d"}
    foreign = endpoint | {"vpcEndpointAccountId": OTHER_ACCOUNT}
    web = instance_role("Web")
    yield alerts("by a stranger's endpoint", record("s3:ListBuckets", web, **foreign))
    own = endpoint | {"vpcEndpointAccountId": ACCOUNT}
    yield silent("by an own endpoint", record("s3:ListBuckets", web, **own))
    person = assumed_role("Web", "alice")
    yield silent("a person", record("s3:ListBuckets", person, **foreign))
