"""Many roles refused to one caller.

A thief tries which roles a stolen key opens, with a list of names or accounts. An application knows
its role. Five refused roles within minutes are a search.
"""

from trailwarden import REFUSED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, USER, refused
from trailwarden.correlations import MINUTE, ValueCount, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleArn") or refused_resource(event)
    return Match(role) if role else None


def refused_resource(event: Event) -> str:
    """Return the resource in the error message, because refused requests lose their parameters."""
    _, _, rest = event.error_message.partition(" on resource: ")
    return rest.partition(" ")[0]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where={"errorCode": [{"exists": True}]},
    exempt=SECURITY_WORK,
    outcome=REFUSED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1078.004"], Tactic.DISCOVERY: ["T1087.004"]},
    response="Find out who holds the caller's credentials. If in doubt, disable the key or revoke "
    "the sessions. Then look for a role that opened.",
    false_positives="A scanner without its role in some accounts: name it in `security_roles`.",
    correlation=ValueCount(at_least=5, in_a_day=15, timespan=10 * MINUTE, group_by=by_lineage),
)


def examples() -> Examples:
    role = f"arn:aws:iam::{ACCOUNT}:role/role0"
    yield alerts("five roles in five minutes", *map(refusal, range(5)), label=role)
    patient = [refusal(n, minute=n * 90) for n in range(15)]
    yield alerts("fifteen roles in a day", *patient)
    yield silent("fourteen roles in a day", *patient[1:])
    yield silent("four roles", *map(refusal, range(4)))
    yield silent("one role, again and again", *(refusal(0, minute=n) for n in range(9)))
    throttled = [{**refusal(n), "errorCode": "ThrottlingException"} for n in range(9)]
    yield silent("throttled requests", *throttled)
    unknown = [{**refusal(n), "errorMessage": "Access denied"} for n in range(9)]
    yield silent("refusals that name no role", *unknown)


def refusal(number: int, *, minute: float | None = None) -> Record:
    message = (
        f"User: {USER['arn']} is not authorized to perform: sts:AssumeRole on resource: "
        f"arn:aws:iam::{ACCOUNT}:role/role{number} because no identity-based policy allows it"
    )
    at = number if minute is None else minute
    return refused("sts:AssumeRole", minute=at, fields={"errorMessage": message})
