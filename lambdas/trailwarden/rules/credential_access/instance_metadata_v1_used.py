"""Role's credentials delivered by the old metadata service.

The first version of the metadata service answers any request, also one that a web application was
tricked into. Credentials that came that way, used for looking around, deserve a look.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREDENTIAL_CALLS, SWEEPS


def detect(event: Event) -> str | None:
    return event.user_identity.role_arn or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS],
    where={"userIdentity": {"sessionContext": {"ec2RoleDelivery": ["1.0"]}}},
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"]},
    response="Require version 2 of the metadata service on the instances with that role, and look "
    "for requests to 169.254.169.254 in the logs of what runs there.",
    false_positives="Old SDKs and agents.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
    references=[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("a new role", call("Old"), call("Old", day=8), call("Web", day=9))
    yield silent("the same role", call("Old"), call("Old", day=8))
    yield silent("by version 2", call("Old"), call("Web", day=9, version="2.0"))


def call(role: str, *, day: int = 0, version: str = "1.0") -> Record:
    session = assumed_role(role, "i-0123456789abcdef0", ec2RoleDelivery=version)
    return record("s3:ListBuckets", session, minute=day * 24 * 60)
