"""Passwords tried from many addresses in one account.

A botnet tries one password for each person, and each try has an address of its own. So no person
and no address stands out. The number of failures does, against the days before. Sixteen are told
in the first days, too. A person who is in within minutes mistyped a password.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    console_login,
    iam_user,
    portal_sign_in,
    request,
)
from trailwarden.correlations import HOUR, by_account, once_of_its_size
from trailwarden.detection.mostly_failed import MostlyFailed
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import ATTEMPTS, attempt, origin


def detect(event: Event) -> Match | None:
    is_office = event.environment.is_egress(event.source_ip_address)
    return None if is_office else attempt(event, f"from {origin(event)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=ATTEMPTS,
    exempt=NOBODY,
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.003", "T1110.004"]},
    response="Look for sign-ins that succeeded from networks that are new to their person. Reset "
    "those passwords and end the sessions. Make sure that everybody needs a second factor.",
    false_positives="A large company on the morning when passwords expire. Each size of it is told "
    "once in 60 days. Name the company's networks among the egress ranges.",
    correlation=MostlyFailed(at_least=10, in_a_day=30, timespan=HOUR, group_by=by_account),
    unless_usual=once_of_its_size(by_account, at_once=16),
    dedup=by_account,
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24",))
LAST = "from 203.0.113.39/32"
WEEK = 8 * 24 * 60


def examples() -> Examples:
    heard = request("iam:ListUsers", minute=-WEEK)
    yield alerts("ten addresses, ten people", heard, *spray(10), label="from 203.0.113.0/32")
    yield silent("nine addresses", heard, *spray(9))
    portal = [
        portal_sign_in(f"user{n}", succeeds=False, minute=n, sourceIPAddress=f"203.0.113.{n}")
        for n in range(10)
    ]
    yield alerts("at the portal of Identity Center", heard, *portal)
    yield silent("ten people behind one address", heard, *spray(10, address="203.0.113.7"))
    yield silent("the office", heard, *spray(10, address="192.0.2.{}"))
    yield silent("in an account that nobody knows", *spray(15, apart=1))
    yield alerts("more of them in such an account", *spray(16, apart=1))
    yield silent("ten in more than an hour", heard, *spray(10, apart=7))
    tries = spray(10)
    are_in = [
        console_login(
            iam_user(f"user{n}", key=""),
            minute=n * 6 + 2,
            mfa=True,
            sourceIPAddress=f"203.0.113.{n}",
        )
        for n in range(10)
    ]
    yield silent("colleagues at home who are in then", heard, *tries, *are_in)
    yield alerts("a few are in", heard, *tries, *are_in[:4])
    elsewhere = [{**one, "recipientAccountId": OTHER_ACCOUNT} for one in tries[5:]]
    yield silent("five in each of two accounts", heard, *tries[:5], *elsewhere)
    yield alerts("all day long", heard, *spray(30, apart=45))
    yield silent("one less all day long", heard, *spray(29, apart=45))
    mondays = [record for day in (-7, 0) for record in spray(10, day=day)]
    yield silent("as on the day when the account was learned", *mondays)
    attack = spray(40, day=0, apart=1)
    yield alerts("four times as many", heard, *spray(10, day=-1), *attack, label=LAST)


def spray(
    count: int, *, apart: float = 6, day: float = 0, address: str = "203.0.113.{}"
) -> list[Record]:
    minutes = [day * 24 * 60 + n * apart for n in range(count)]
    return [
        console_login(
            iam_user(f"user{n}", key=""),
            succeeds=False,
            minute=minute,
            sourceIPAddress=address.format(n),
        )
        for n, minute in enumerate(minutes)
    ]
