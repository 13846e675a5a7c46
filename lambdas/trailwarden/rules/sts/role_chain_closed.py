"""Ring of roles that assume each other.

A session from role chaining lasts an hour. Two roles that assume each other by turns make one that
never ends. It survives the deletion of the key that it began with. No program needs a ring.
One role may do the same with itself, each time by the session that it just got.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    iam_user,
    request,
)
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of

TO = " assumed "
ITSELF, FOR = " assumed itself with ", " for "
RENEWED = "Role renewed its own session again and again"
LONGEST = 6
"""How many roles a ring may have."""


@dataclass(frozen=True, kw_only=True)
class Ring(Correlation):
    """Roles, each of which assumed the next, and the last the first.

    A role that assumed itself did so again with the session that it got.
    """

    daily: ClassVar[bool] = True

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the assumptions that close a ring within the timespan."""
        steps = _of_rings([seen for seen in observations if ITSELF not in seen.label])
        hot = set(self._renewals(observations))
        for end in steps:
            recent = [o for o in steps if timedelta() <= end.time - o.time <= self.timespan]
            hot.update(_ring_of(end, recent))
        return [seen for seen in observations if seen.origin in hot]

    def _renewals(self, observations: Sequence[Observation]) -> Iterator[str]:
        """Yield the origins of assumptions of a role by itself of which one led to the next."""
        opened: dict[str, Observation] = {}
        for seen in observations:
            key, _, new = seen.label.partition(ITSELF)[2].partition(FOR)
            before = opened.get(key)
            if before and seen.time - before.time <= self.timespan:
                yield from (before.origin, seen.origin)
            if new:
                opened[new] = seen


def _of_rings(observations: Sequence[Observation]) -> Sequence[Observation]:
    """Return the steps that may be of a ring: something leads to each, and on from it."""
    steps, before = list(observations), 0
    while len(steps) != before:
        before = len(steps)
        ends = [seen.label.partition(TO)[::2] for seen in steps]
        sources, targets = {source for source, _ in ends}, {target for _, target in ends}
        steps = [
            seen
            for seen, (source, target) in zip(steps, ends, strict=True)
            if source in targets and target in sources
        ]
    return steps


def _ring_of(end: Observation, recent: Sequence[Observation]) -> set[str]:
    """Return the origins of the assumptions that lead from where `end` leads to its beginning."""
    steps: defaultdict[str, list[Observation]] = defaultdict(list)
    for seen in recent:
        steps[seen.label.partition(TO)[0]].append(seen)
    source, _, target = end.label.partition(TO)
    came_by: dict[str, Observation] = {}
    border = [target]
    for _ in range(LONGEST - 1):
        border = list(_explored(border, steps, came_by))
    if source not in came_by:
        return set()
    return {end.origin, *_way_back(source, target, came_by)}


def _explored(
    border: Sequence[str],
    steps: Mapping[str, Sequence[Observation]],
    came_by: dict[str, Observation],
) -> Iterator[str]:
    """Yield the roles one step on that were not reached before, and note the steps to them."""
    for role in border:
        for seen in steps.get(role, ()):
            following = seen.label.partition(TO)[2]
            if following not in came_by:
                came_by[following] = seen
                yield following


def _way_back(source: str, target: str, came_by: Mapping[str, Observation]) -> Iterator[str]:
    role = source
    while role != target and role in came_by:
        yield came_by[role].origin
        role = came_by[role].label.partition(TO)[0]


def detect(event: Event) -> Match | None:
    source, target = event.user_identity.role_arn, event.request("roleArn")
    if not source or not target:
        return None
    if short(source) == short(target):
        key, new = event.user_identity.access_key_id, event.answer("credentials.accessKeyId")
        return Match(f"{short(source)}{ITSELF}{key}{FOR}{new}", Severity.MEDIUM, title=RENEWED)
    return Match(f"{short(source)}{TO}{short(target)}")


def short(arn: str) -> str:
    """Return the account and the name of a role, whose path only some events tell."""
    return f"{account_of(arn)}/{arn.rpartition('/')[2]}"


def by_accounts(event: Event) -> str:
    """Group by the accounts of both roles, in any order."""
    arns = event.user_identity.role_arn, event.request("roleArn")
    return "/".join(sorted(map(account_of, arns)))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.003", "T1078.004"], Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Revoke the sessions of all roles of the ring at once, as each can renew the others. "
    "Then take the roles out of each other's trust policies, and review their acts.",
    false_positives="None known: two roles with the same trust need no ring.",
    correlation=Ring(timespan=timedelta(days=1), group_by=by_accounts),
)


def examples() -> Examples:
    there, back = chain("a", "b"), chain("b", "a", minute=30)
    label = f"{ACCOUNT}/b{TO}{ACCOUNT}/a"
    taken: Fields = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/b", "roleSessionName": "s"}
    user = request("sts:AssumeRole", iam_user("ci"), **taken)
    yield alerts("two roles", there, back, user, label=label)
    three = chain("a", "b"), chain("b", "c", minute=20), chain("c", "a", minute=40)
    yield alerts("three roles", *three)
    abroad = chain("a", "b", account=OTHER_ACCOUNT)
    home = chain("b", "a", minute=30, of=OTHER_ACCOUNT)
    yield alerts("over two accounts", abroad, home)
    yield silent("a chain", *three[:2])
    yield silent("a role that assumes itself", chain("a", "a"), chain("a", "a", minute=30))
    renewed = renewal("1", "2"), renewal("2", "3", minute=50)
    yield alerts("a role that renews itself", *renewed, severity=Severity.MEDIUM)
    late = renewal("2", "3", minute=25 * 60)
    yield silent("with a session of the day before", renewed[0], late)
    yield silent("each time with its first session", renewed[0], renewal("1", "3", minute=50))
    yield silent("without an answer", renewal("", "", minute=1), renewal("", "", minute=2))
    yield silent("two chains that meet", chain("a", "c"), chain("b", "c", minute=30))
    yield silent("days later", there, chain("b", "a", minute=2 * 24 * 60))
    yield silent("a user begins", user, back)
    failed = {**back, "errorCode": "AccessDenied"}
    yield silent("refused", there, failed)


def renewal(key: str, new: str, *, minute: float = 0) -> Record:
    role = f"arn:aws:iam::{ACCOUNT}:role/a"
    by = assumed_role("a") | {"accessKeyId": f"ASIA{key}" if key else ""}
    answer = {"credentials": {"accessKeyId": f"ASIA{new}"}} if new else None
    taken: Fields = {"roleArn": role, "roleSessionName": "s"}
    return request("sts:AssumeRole", by, minute=minute, answer=answer, **taken)


def chain(
    source: str, target: str, *, minute: float = 0, of: str = ACCOUNT, account: str = ACCOUNT
) -> Record:
    role = f"arn:aws:iam::{account}:role/{target}"
    by = assumed_role(source, account=of)
    fields = {"recipientAccountId": of}
    return request(
        "sts:AssumeRole", by, minute=minute, fields=fields, roleArn=role, roleSessionName="s"
    )
