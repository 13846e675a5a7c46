"""Sessions of a role made longer by hand.

A stolen session works until it ends. An intruder who makes it last half a day comes back less
often, and leaves fewer traces.
"""

import re

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request, trust
from trailwarden.correlations import DAY
from trailwarden.detection.worsened import Worsened, state
from trailwarden.examples import Examples, Record, alerts, silent

_HOUR = 3600
_DURATION = re.compile(r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?\Z")


def detect(event: Event) -> Match | None:
    hours = hours_of(event)
    if hours is None:
        return None
    return Match(state(hours=f"{hours:g}"), subject=thing_of(event))


def hours_of(event: Event) -> float | None:
    """Return how many hours a session of the role may last; None where a request does not say."""
    seconds = event.get("requestParameters.maxSessionDuration")
    if isinstance(seconds, int) and not isinstance(seconds, bool):
        return seconds / _HOUR
    if event.service == "iam":
        return 1 if event.name == "CreateRole" else None
    said = _DURATION.match(event.request("sessionDuration"))
    if not said or not any(said.groups()):
        return None
    days, hours, minutes, rest = (int(part or 0) for part in said.groups())
    return days * 24 + hours + minutes / 60 + rest / _HOUR


def thing_of(event: Event) -> str:
    made = event.answer("permissionSet.permissionSetArn")
    return event.request("roleName", "permissionSetArn") or made


def by_thing(event: Event) -> str:
    return f"{event.recipient_account_id}/{thing_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:CreateRole",
        "iam:UpdateRole",
        "sso:CreatePermissionSet",
        "sso:UpdatePermissionSet",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Ask the caller for the reason. Set the old duration again, revoke the sessions of "
    "the role, and read what they did.",
    false_positives="People whose work takes longer than a session.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_thing, rising=True),
)

ENVIRONMENT = DEPLOYED
SET = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"


def examples() -> Examples:
    short, long = lasting("PT1H"), lasting("PT12H", day=1)
    yield alerts("a permission set", short, long, subject=SET, label="hours: 12")
    yield alerts("a pipeline's", lasting("PT8H30M", by=DEPLOYER), long, severity=Severity.LOW)
    yield alerts("a day", lasting("P1D", day=0), lasting("P1DT1S", day=1))
    role: Fields = {"roleName": "admin"}
    trusted = trust({"Service": "ec2.amazonaws.com"})
    made = request("iam:CreateRole", **role, assumeRolePolicyDocument=trusted)
    half = request("iam:UpdateRole", day=399, **role, maxSessionDuration=43200)
    yield alerts("a role that had the default", made, half, subject="admin", label="hours: 12")
    answer: Fields = {"permissionSet": {"permissionSetArn": SET}}
    named: Fields = {"name": "admin", "instanceArn": "arn:aws:sso:::instance/ssoins-1"}
    new = request("sso:CreatePermissionSet", answer=answer, **named, sessionDuration="PT1H", day=0)
    yield alerts("a new permission set", new, long, subject=SET)
    yield silent("nothing known before", long)
    yield silent("a shorter one", lasting("PT12H"), lasting("PT1H", day=1))
    yield silent("another change", short, lasting("", day=1))
    yield silent("of another one", made, request("iam:UpdateRole", roleName="other", day=1))
    yield silent("refused", short, refused("sso:UpdatePermissionSet", day=1))


def lasting(duration: str, *, by: Fields | None = None, day: float = 0) -> Record:
    named: Fields = {"instanceArn": "arn:aws:sso:::instance/ssoins-1", "permissionSetArn": SET}
    said: Fields = {"sessionDuration": duration} if duration else {}
    return request("sso:UpdatePermissionSet", by, day=day, **named, **said)
