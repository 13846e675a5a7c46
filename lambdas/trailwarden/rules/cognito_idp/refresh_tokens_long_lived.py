"""Refresh tokens of a user pool made to last a year.

A refresh token gives new access for its whole lifetime, even after a change of the password. A
thief with stolen tokens wants them to live for years.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent

LONG = 365.0
"""In days; applications keep people signed in for some months at most."""

IN_DAYS = {"seconds": 1 / 86400, "minutes": 1 / 1440, "hours": 1 / 24}


def detect(event: Event) -> Match | None:
    validity = event.get("requestParameters.refreshTokenValidity")
    unit = event.request("tokenValidityUnits.refreshToken")
    if not isinstance(validity, int) or validity * IN_DAYS.get(unit, 1.0) < LONG:
        return None
    client = event.request("clientId", "clientName")
    return Match(f"client {client}, {validity} {unit or 'days'}", subject=client)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cognito-idp:UpdateUserPoolClient", "cognito-idp:CreateUserPoolClient"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Ask the application's team. If they do not know of it, set the validity back, and "
    "revoke all tokens since then.",
    false_positives="An application that keeps people signed in for years on purpose.",
    mode=Mode.HUNT,
)

CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"


def examples() -> Examples:
    yield alerts("ten years", updated(3650), subject=CLIENT, label=f"client {CLIENT}, 3650 days")
    hours = updated(8760, "hours")
    yield alerts("a year, in hours", hours, label=f"client {CLIENT}, 8760 hours")
    create = "cognito-idp:CreateUserPoolClient"
    new: Fields = {"userPoolId": "us-east-1_a", "clientName": "shop", "refreshTokenValidity": 365}
    yield alerts("a new client", request(create, **new), subject="shop")
    yield silent("almost a year", updated(364))
    yield silent("a day, in minutes", updated(1440, "minutes"))
    yield silent("an hour, in seconds", updated(3600, "seconds"))
    plain = request("cognito-idp:UpdateUserPoolClient", userPoolId="us-east-1_a", clientId=CLIENT)
    yield silent("another change", plain)


def updated(validity: int, unit: str = "") -> Record:
    return request(
        "cognito-idp:UpdateUserPoolClient",
        userPoolId="us-east-1_a",
        clientId=CLIENT,
        refreshTokenValidity=validity,
        tokenValidityUnits={"refreshToken": unit} if unit else {},
    )
