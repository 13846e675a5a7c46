"""Alerts for tests of outputs: of an attack, of the month's odd ones, and of hostile records."""

from collections.abc import Sequence
from functools import cache

from tests.detection.incidents.worlds import incidents_of, told
from trailwarden.cloudtrail.samples import console_login, iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.scenario import attack, shedding

EVIL = [
    '"><script>',
    "\x00\x1b[2J\u202e",
    "\ud800",
    "x" * 3000,
    "",
    " ",
    "=1+1",
    "::1",
    "1.2.3.4.5",
]


def hostile(evil: str) -> Sequence[Record]:
    by = iam_user(evil, key=evil)
    return [
        request("cloudtrail:StopLogging", by, name=evil, fields={"sourceIPAddress": evil}),
        console_login(by, userAgent=evil, sourceIPAddress=evil, recipientAccountId=evil),
        request("iam:CreateAccessKey", by, userName=evil, fields={"awsRegion": evil}),
        request("cloudtrail:DeleteTrail", by, name=evil, fields={"eventTime": evil}),
    ]


@cache
def alerts() -> Sequence[Alert]:
    stories = [list(attack.attack()), list(shedding.shedding()), *map(hostile, EVIL)]
    return [alert for records in stories for alert in told(records)[0]]


@cache
def incidents() -> Sequence[Incident]:
    stories = [list(attack.attack()), list(shedding.shedding()), *map(hostile, EVIL)]
    return [incident for records in stories for incident in incidents_of(records)]
