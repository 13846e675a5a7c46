"""Many different requests refused.

A program that lacks a permission repeats the same call. Ten different refused calls within half an
hour show a principal that tests a stolen credential. So do twenty-five within a day.

An inventory whose role lacks permissions is refused the same every day. Where that came on three
days, from a week ago on, it is LOW.
"""

from typing import Any

from trailwarden import REFUSED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, refused
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, by_lineage, habit
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    is_page = event.caller is not Caller.ACCESS_KEY and event.read_only
    if is_page and event.from_console:
        return None  # a page of the console asks for everything that it could show
    return Match(event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(DENIED_CODES)},  # what the outcome says, for the index
    exempt=SECURITY_WORK,
    outcome=REFUSED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Ask the person, or the owners of the program, behind the credential. If they cannot "
    "explain it, revoke its sessions and keys. Then look at the calls that worked.",
    false_positives="A role whose permissions were cut, a deployment with too few, and scanners.",
    correlation=ValueCount(at_least=10, in_a_day=25, timespan=30 * MINUTE, group_by=by_lineage),
    unless_usual=habit(by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    yield alerts("ten actions", *refusals(10))
    yield silent("nine actions", *refusals(9))
    patient = refusals(25, different=25, apart=57)
    yield alerts("twenty-five actions, all day long", *patient)
    yield silent("one less, all day long", *patient[1:])
    yield silent("one action, ten times", *refusals(10, different=1))
    yield silent("throttled", *refusals(10, errorCode="ThrottlingException"))
    page = refusals(10, PERSON, sessionCredentialFromConsole="true")
    yield silent("a page of the console", *page)
    weeks = [record for day in (-9, -8, -7) for record in refusals(10, day=day)]
    yield alerts("as on other days", *weeks, *refusals(10), last=Severity.LOW)
    yield alerts("another action, too", *weeks, *refusals(11, different=11), last=Severity.MEDIUM)
    days = [record for day in (-3, -2, -1) for record in refusals(10, day=day)]
    yield alerts("since some days", *days, *refusals(10), last=Severity.MEDIUM)


def refusals(
    count: int,
    by: Fields = USER,
    *,
    different: int = 10,
    apart: int = 2,
    day: int = 0,
    **fields: Any,
) -> list[Record]:
    return [
        refused(f"ec2:DescribeThing{n % different}", by, day=day, minute=n * apart, fields=fields)
        for n in range(count)
    ]
