"""Refresh tokens of a user pool were made to last long.

A refresh token gives new access for as long as it lives, whatever becomes of the password. Whoever
has stolen some wants them to live for years.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record

LONG = 365.0
"""In days; applications keep people signed in for some months at most."""

IN_DAYS = {"seconds": 1 / 86400, "minutes": 1 / 1440, "hours": 1 / 24}


def detect(event: Event) -> Match | None:
    validity = event.get("requestParameters.refreshTokenValidity")
    if not event.succeeded or event.by_service or not isinstance(validity, int):
        return None
    unit = event.text("requestParameters.tokenValidityUnits.refreshToken")
    if validity * IN_DAYS.get(unit, 1.0) < LONG:
        return None
    client = event.text("requestParameters.clientId")[:40]
    return Match(f"client {client}, {validity} {unit or 'days'}", subject=client)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cognito-idp:UpdateUserPoolClient", "cognito-idp:CreateUserPoolClient"],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Ask the application's team. If they do not know of it, set the validity back, and "
    "revoke the tokens that were given out since.",
    false_positives="An application that is meant to keep people signed in for years.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("ten years", updated(3650))
    yield alerts("a year, in hours", updated(8760, "hours"))
    yield silent("thirty days", updated(30))
    yield silent("a day, in minutes", updated(1440, "minutes"))
    yield silent("a refusal", denied("cognito-idp:UpdateUserPoolClient", iam_user("mallory")))


def updated(validity: int, unit: str = "") -> Record:
    request = {
        "clientId": "1h57kf5cpq17m0eml12EXAMPLE",
        "refreshTokenValidity": validity,
        "tokenValidityUnits": {"refreshToken": unit} if unit else {},
    }
    action = "cognito-idp:UpdateUserPoolClient"
    return record(action, iam_user("mallory"), requestParameters=request)
