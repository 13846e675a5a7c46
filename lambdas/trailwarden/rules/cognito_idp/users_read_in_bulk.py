"""Users of an application read in bulk.

A user pool holds the names, addresses and telephone numbers of all customers. Sixty of them come
with each request, and no request shows in the application.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import USER, Fields, function, request
from trailwarden.correlations import MINUTE, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, silent

NEXT = 3
"""What a further page of a list counts for: only who takes all of it goes on."""


def detect(event: Event) -> Match:
    pool = event.request("userPoolId")
    if not event.request("paginationToken", "nextToken"):
        return Match(pool, subject=pool)
    return Match([f"{pool}, part {n} of a page" for n in range(1, NEXT + 1)], subject=pool)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cognito-idp:AdminGetUser",
        "cognito-idp:ListUsers",
        "cognito-idp:ListUsersInGroup",
    ],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1213", "T1530"]},
    response="Ask the caller. If they do not know of it, disable the credentials. Treat the data "
    "of the pool's users as read.",
    false_positives="A move of users to another pool, and a nightly copy by a key.",
    correlation=EventCount(at_least=30, in_a_day=100, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    yield alerts("thirty pages", *pages(30), severity=Severity.MEDIUM, subject="customers")
    yield silent("twenty-nine pages", *pages(29))
    for action in RULE.events:
        yield alerts(action, *pages(30, action=action))
    whole = [page("cognito-idp:ListUsers", USER, n, **FURTHER) for n in range(10)]
    yield alerts("a whole pool, page after page", *whole, subject="customers")
    yield silent("a page less", *whole[1:])
    yield silent("a program's", *pages(30, by=function("sync", "sync")))
    slow = [page("cognito-idp:ListUsers", USER, 14 * n) for n in range(100)]
    yield alerts("all day long", *slow)
    yield silent("a little less all day long", *slow[1:])
    nights = [record for day in (-9, -6, -2) for record in pages(30, day=day)]
    yield alerts("each night", *nights, *pages(30), last=Severity.LOW)
    recent = [record for day in (-6, -4, -2) for record in pages(30, day=day)]
    yield alerts("a copy of some days", *recent, *pages(30), last=Severity.MEDIUM)
    yield alerts("a copy that grew", *nights, *pages(70), last=Severity.MEDIUM)


def pages(
    count: int,
    *,
    action: str = "cognito-idp:ListUsers",
    by: Fields | None = None,
    day: float = 0,
) -> list[Record]:
    return [page(action, by or USER, n / 4, day=day) for n in range(count)]


FURTHER: Fields = {"paginationToken": "t"}


def page(action: str, by: Fields, minute: float, *, day: float = 0, **others: object) -> Record:
    more: Fields = {
        "cognito-idp:AdminGetUser": {"username": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "cognito-idp:ListUsersInGroup": {"groupName": "all"},
    }.get(action, {"limit": 60})
    asked: Fields = {"userPoolId": "customers", **more, **others}
    return request(action, by, minute=minute, day=day, **asked)
