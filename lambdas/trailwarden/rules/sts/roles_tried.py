"""Many roles tried in vain.

Somebody with a stolen key tries which roles it opens, going through a list of names or accounts.
Applications know their role; whoever is refused by five within minutes is feeling their way.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def detect(event: Event) -> str:
    if not event.denied or event.by_automation or event.by_security_team:
        return ""
    return (event.text("requestParameters.roleArn") or refused_resource(event))[:100]


def refused_resource(event: Event) -> str:
    """Return what the error message names; denied requests have lost their parameters."""
    _, _, rest = event.error_message.partition(" on resource: ")
    return rest.partition(" ")[0]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where={"errorCode": [{"exists": True}]},
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1078.004"],
        Tactic.DISCOVERY: ["T1087.004"],
    },
    response="Find out whether the caller's credentials are in the right hands; if in doubt, "
    "disable the key or revoke the sessions. Then look for a role that did open.",
    false_positives="A scanner or pipeline that goes through accounts where its role is missing.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five roles in five minutes", *refusals(5))
    yield silent("four roles", *refusals(4))
    yield silent("five roles in an hour", *refusals(5, every=15))
    yield silent("one role, again and again", *(refusals(1, start=n)[0] for n in range(9)))
    yield silent("a known scanner", *refusals(9, who=assumed_role("scanner")))
    unknown = [
        denied("sts:AssumeRole", iam_user("ci"), minute=n, errorMessage="") for n in range(9)
    ]
    yield silent("refusals that do not tell of what", *unknown)


def refusals(
    count: int, *, every: float = 1, start: float = 0, who: Fields | None = None
) -> list[Record]:
    caller = who or iam_user("ci")
    message = (
        f"User: {caller['arn']} is not authorized to perform: sts:AssumeRole on resource: "
        f"arn:aws:iam::{ACCOUNT}:role/role"
    )
    return [
        denied(
            "sts:AssumeRole",
            caller,
            minute=start + every * n,
            errorMessage=f"{message}{n} because no identity-based policy allows it",
        )
        for n in range(count)
    ]
