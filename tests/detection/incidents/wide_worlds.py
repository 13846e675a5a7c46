"""Worlds of a few events in which much may happen: shared names, hunts, refusals, decisions."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.detection.incidents.test_any_order import alert, some
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.openings import Opening
from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.deciding import Decisions
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity

SESSIONS = [f"S:{n}@2025-06-02T{12 + 2 * at}:00:00Z" for at, n in enumerate("abcd")]
CREDENTIALS = [*SESSIONS, "K:AKIA1", "K:AKIA2", ""]
LASTING = ["P:1:user/a", "P:1:user/b", "W:i-1", "I:x", "G:z"]
HUBS = ["R:1:role/app", "N:x", "N:y", "T:arn:x", "T:arn:y"]
PORTAL = "C:1/x@2"
ACTIONS = ["iam:CreateUser", "iam:UpdateAssumeRolePolicy", "s3:X", "signin:ConsoleLogin"]
PLACES = ["", "", "198.51.100.7/32", "203.0.113.0/32"]


def opening(chance: random.Random) -> Opening | None:
    parents = some(chance, [*CREDENTIALS[:6], *LASTING, *HUBS, PORTAL], 2)
    if not parents or chance.random() < 0.65:
        return None
    parent = chance.choice(["arn:aws:iam::1:user/a", "1"])
    return Opening(chance.choice([*SESSIONS, PORTAL]), parents, parent)


def trace(chance: random.Random, number: int, minutes: int) -> Trace:
    gifts = [*LASTING, *HUBS, *CREDENTIALS[4:6]]
    known = Trace(
        time=NOON + timedelta(minutes=chance.randint(0, minutes)),
        event_id=f"e{number}",
        action=chance.choice(ACTIONS),
        account_id=chance.choice("12"),
        actor=chance.choice("abcd"),
        source_ip_address="198.51.100.7",
        access_key_id="",
        credential=chance.choice(CREDENTIALS),
        lasting=some(chance, LASTING, 1),
        hubs=some(chance, HUBS, 2),
        opening=opening(chance),
        gives=some(chance, gifts, 2) if chance.random() < 0.3 else (),
        automation=chance.random() < 0.15,
        place=chance.choice(PLACES),
        personal=chance.random() < 0.5,
    )
    may_fail = not known.tells_of_credentials
    return known._replace(failed=may_fail and chance.random() < 0.2)


def wide_world(seed: int) -> tuple[list[Alert], list[Trace], Decisions]:
    """Return alerts of a few events within hours or days, and what somebody decided of them."""
    chance = random.Random(seed)
    minutes = chance.choice([120, 600, 1_500, 3_000])
    known = [trace(chance, number, minutes) for number in range(chance.randint(2, 20))]
    alerts = []
    for number in range(chance.randint(1, 8)):
        seen = chance.sample(known, min(chance.choice([1, 1, 2, 3, 4]), len(known)))
        one = alert(number, seen, chance.choice(list(Severity)))
        mode = Mode.HUNT if chance.random() < 0.2 else Mode.ALERT
        alerts.append(replace(one, rule=replace(one.rule, mode=mode)))
    return alerts, known, decided(chance, [one.alert_id for one in alerts])


def decided(chance: random.Random, alert_ids: Sequence[str]) -> Decisions:
    apart = {one: chance.choice("pq") for one in alert_ids if chance.random() < 0.1}
    pair = sorted(chance.sample(alert_ids, 2)) if len(alert_ids) > 1 else []
    together = frozenset({(pair[0], pair[1])}) if pair and chance.random() < 0.2 else frozenset()
    return Decisions(apart, together)
