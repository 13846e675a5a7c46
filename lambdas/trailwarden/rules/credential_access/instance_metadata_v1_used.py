"""Credentials of a role delivered by the old metadata service.

The first version of the metadata service answers any request, even one that an attacker sends
through a web application. The rule tells when a role with such credentials looks around.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, assumed_role, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import CREDENTIAL_CALLS, SWEEPS


def detect(event: Event) -> Match:
    return Match(event.user_identity.role_arn)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS],
    where={"userIdentity": {"sessionContext": {"ec2RoleDelivery": ["1.0"]}}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE}),
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"]},
    response="Require version 2 of the metadata service on the instances with that role. Look for "
    "requests to 169.254.169.254 in the logs of their programs.",
    false_positives="Old SDKs and agents.",
    correlation=first_use(by_account, days=30),
    mode=Mode.HUNT,
    references=[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
    ],
)


def examples() -> Examples:
    usual, label = call("Old"), f"arn:aws:iam::{ACCOUNT}:role/Web"
    yield alerts("a new role", usual, call("Web", day=7), label=label)
    yield silent("the same role", usual, call("Old", day=8))
    yield silent("in the first week", usual, call("Web", day=6))
    yield silent("version 2", usual, call("Web", day=9, version="2.0"))
    yield silent("of an unknown account", usual, call("Web", day=9, account=OTHER_ACCOUNT))
    other = {**call("Web", day=9, account=OTHER_ACCOUNT), "recipientAccountId": OTHER_ACCOUNT}
    yield silent("in another account, which is new", usual, other)


def call(role: str, *, day: int = 0, version: str = "1.0", account: str = ACCOUNT) -> Record:
    instance = "i-0123456789abcdef0"
    session = assumed_role(role, instance, account=account, ec2RoleDelivery=version)
    return request("s3:ListBuckets", session, day=day)
