"""Credentials of many roles fetched at the portal.

A token of Identity Center opens each role that its person has, in each account. A thief with a
copy of it fetches credentials of all of them, before somebody ends the session. People work with a
few. A tool for all accounts comes back, and is told once in 60 days.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import MINUTE, ValueCount, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import person


def detect(event: Event) -> Match | None:
    given = [event.text(f"serviceEventDetails.{name}") for name in ("role_name", "account_id")]
    role, account = given if all(given) else (event.request("roleName"), event.request("accountId"))
    return Match(f"{role} in account {account}") if role and account else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:GetRoleCredentials"],
    exempt=NOBODY,
    callers=frozenset({Caller.PERSON}),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.LATERAL_MOVEMENT: ["T1550.001"]},
    response="Look up the person by `aws identitystore describe-user`, and ask which program it "
    "was. If they do not know it, end their sessions in Identity Center. Then review the acts of "
    "each of these roles since.",
    false_positives="A program that looks at all accounts with the roles of its person.",
    correlation=ValueCount(at_least=10, timespan=10 * MINUTE, group_by=person),
    unless_usual=first_use(person),
)

A_DAY = 24 * 60


def examples() -> Examples:
    heard = fetched(0, minute=-8 * A_DAY)
    label = f"Admin in account {ACCOUNT[:-1]}9"
    yield alerts("ten roles", heard, *(fetched(n) for n in range(10)), label=label)
    yield silent("nine roles", heard, *(fetched(n) for n in range(9)))
    yield silent("one role, ten times", heard, *(fetched(1, minute=n) for n in range(10)))
    nearly = [fetched(n, minute=n * 1.1) for n in range(10)]
    yield alerts("within nearly ten minutes", heard, *nearly)
    slow = [fetched(n, minute=n * 1.2) for n in range(10)]
    yield silent("within more than ten minutes", heard, *slow)
    yield silent("in the first week", *(fetched(n) for n in range(10)))
    days = [fetched(n, minute=n + day * A_DAY) for day in (0, 8) for n in range(10)]
    yield silent("as in the first week", *days)
    plain = [fetched(n) for n in range(10)]
    asked = [
        {**one, "serviceEventDetails": None, "requestParameters": body(n)}
        for n, one in enumerate(plain)
    ]
    yield alerts("as requests tell it", heard, *asked, label=label)
    bare = [{**one, "serviceEventDetails": None} for one in plain]
    yield silent("records that name no role", heard, *bare)
    others = [fetched(n, user=f"u-{n}") for n in range(10)]
    yield silent("ten people", heard, *others)


def body(number: int) -> Fields:
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    return {"roleName": "Admin", "accountId": f"{ACCOUNT[:-1]}{number}", "accessToken": hidden}


def fetched(number: int, *, minute: float | None = None, user: str = "u-1") -> Record:
    by: Fields = {"type": "IdentityCenterUser", "accountId": ACCOUNT, "credentialId": "A"}
    by |= {"onBehalfOf": {"userId": user}}
    named = {"role_name": "Admin", "account_id": f"{ACCOUNT[:-1]}{number}"}
    fields: Fields = {"eventType": "AwsServiceEvent", "requestParameters": None}
    fields |= {"serviceEventDetails": named}
    at = number * 0.5 if minute is None else minute
    return request("sso:GetRoleCredentials", by, minute=at, fields=fields)
