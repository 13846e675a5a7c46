"""Makes the calls of a drill, and looks in the table whether the rules saw them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws import clock
from trailwarden.aws.drill.acts import PREFIX
from trailwarden.aws.drill.hands import Hands, assume
from trailwarden.aws.drill.recorder import Recorder, home_of_global, identity_of
from trailwarden.contract.event_patterns import complete_path_only
from trailwarden.contract.table import ALERT
from trailwarden.detection.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trailwarden.aws.drill.acts import Act
    from trailwarden.aws.operator import Operator
    from trailwarden.cloudtrail.values import Record
    from trailwarden.detection.rule import Rule

_SKEW = timedelta(minutes=2)
"""How far the clock of this machine may be ahead of AWS's."""

_READ = "pk, rule_id, written_at, told_at, held_until, delivery, samples, severities"


@dataclass(frozen=True)
class Made:
    """A call that was made, or tried."""

    act: Act
    at: datetime
    """When AWS had answered."""
    mark: str
    """A text that the call's alert holds, and no other does."""
    record: Record | None
    """The call as CloudTrail records it; None where it was not made."""
    problem: str = ""
    """Why the call was not made."""
    left: Sequence[str] = ()
    """Things that were not removed, each with the reason."""


@dataclass(frozen=True)
class Arrival:
    """An alert that tells of a call."""

    rule_id: str
    written: datetime
    told: datetime | None
    """When people were mailed of it; None for not yet."""
    is_told: bool
    """Whether people are mailed of it at all."""
    severity: Severity
    held_until: datetime | None = None
    """When the next mail of its incident may go out, which it waits for."""


class Drill:
    """A drill against one deployment."""

    def __init__(
        self,
        operator: Operator,
        session: boto3.Session,
        rules: Iterable[Rule],
        *,
        deliver: Callable[[Record], None] = lambda _: None,
        assume: Callable[[boto3.Session, str, str], boto3.Session] = assume,
        pause: Callable[[float], None] = clock.pause,
    ) -> None:
        """Take the deployment, and the session that makes the calls.

        `deliver` gets each call as CloudTrail records it, where there is no CloudTrail.
        """
        self.rules = {rule.id: rule for rule in rules}
        self.left: list[str] = []
        """What of all calls could not be removed."""
        self._operator, self._session = operator, session
        self._assume, self._pause = assume, pause
        self._recorder = Recorder(deliver)
        self._began = clock.now()
        sts: Any = session.client("sts")
        told = sts.get_caller_identity()
        self.caller, self.account_id = str(told["Arn"]), str(told["Account"])
        self.partition = self.caller.split(":")[1]
        role_arn = self._role_arn()
        identity = identity_of(self.caller, self.account_id, role_arn=role_arn)
        self._recorder.listen(session, identity)

    def _role_arn(self) -> str:
        """Return the ARN of the caller's role, whose path STS does not tell."""
        if ":assumed-role/" not in self.caller:
            return ""
        iam: Any = self._session.client("iam")
        try:
            return str(iam.get_role(RoleName=self.caller.split("/")[1])["Role"]["Arn"])
        except ClientError:
            return ""

    def path(self, act: Act) -> str:
        """Say which way the event of a call goes: the fast path, or the log files."""
        return "log files" if self.slow_because(act) else "fast path"

    def slow_because(self, act: Act) -> str:
        """Return why the event of a call comes with the log files alone; nothing if it is fast."""
        rule = self.rules.get(act.rule_id)
        if rule and (why := complete_path_only(rule)):
            return why
        settings = self._operator.settings()
        region = self._region(act)
        if region in (settings.home_region, *settings.forward_regions):
            return ""
        return f"{region} is not among forward_regions"

    def _region(self, act: Act) -> str:
        here = str(self._session.region_name)
        return (home_of_global(self.partition) if act.is_global else "") or here

    def make(self, act: Act) -> Made:
        """Make one call and undo it. A break goes on when all is undone."""
        name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
        hands = Hands(
            self._session,
            self.account_id,
            self.partition,
            self._recorder,
            self._assume,
            self._pause,
        )
        mark = problem = ""
        left: list[str] = []
        try:
            mark = act.make(hands, name)
        except (BotoCoreError, ClientError, LookupError) as error:
            problem = str(error)
        finally:
            at = clock.now()
            left += hands.clean_up()
            self.left += left
        record = None if problem else self._recorder.of(act.action)
        return Made(act, at, mark, record, problem, left)

    def arrivals(self) -> Iterator[tuple[str, Arrival]]:
        """Yield the alerts since the beginning, each with all that it holds. It reads the table."""
        since = (self._began - _SKEW).isoformat()
        wanted = Attr("pk").begins_with(ALERT) & Attr("written_at").gte(since)
        start: dict[str, Any] = {}
        while True:
            page = self._operator.table.scan(
                FilterExpression=wanted, ProjectionExpression=_READ, **start
            )
            items: list[dict[str, Any]] = page["Items"]
            for item in items:
                yield " ".join(sorted(map(str, item["samples"]))), _arrival(item)
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def look(self, made: Iterable[Made]) -> dict[str, list[Arrival]]:
        """Return the alerts that tell of each call, by the call's name: its own rule's first."""
        found: dict[str, list[Arrival]] = {one.act.name: [] for one in made}
        for text, arrival in self.arrivals():
            for one in made:
                if one.mark and one.mark in text:
                    found[one.act.name].append(arrival)
        for one in made:
            found[one.act.name].sort(key=lambda a: (a.rule_id != one.act.rule_id, a.written))
        return found

    def watch(
        self, made: Sequence[Made], patience: timedelta, every: float
    ) -> Iterator[Mapping[str, list[Arrival]]]:
        """Yield what has come, every so many seconds, until all has or the patience is over."""
        until = clock.now() + patience
        while True:
            found = self.look(made)
            yield found
            left = (until - clock.now()).total_seconds()
            if left <= 0 or all(is_done(one, found[one.act.name]) for one in made):
                return
            self._pause(min(every, left))


def connect(operator: Operator, rules: Iterable[Rule], *, profile: str | None = None) -> Drill:
    """Return a drill that makes its calls where a deployment is, with the same credentials."""
    session = boto3.Session(region_name=operator.region, profile_name=profile)
    return Drill(operator, session, rules)


def own(made: Made, arrivals: Sequence[Arrival]) -> Arrival | None:
    """Return the alert of the rule that has to see a call; None for not yet."""
    return next((a for a in arrivals if a.rule_id == made.act.rule_id), None)


def is_done(made: Made, arrivals: Sequence[Arrival]) -> bool:
    """Say whether nothing more is to be waited for."""
    if made.problem:
        return True
    arrival = own(made, arrivals)
    return arrival is not None and (arrival.told is not None or not waits_for_mail(arrival))


def waits_for_mail(arrival: Arrival) -> bool:
    """Say whether a mail comes soon: LOW alerts wait for hours, and hunts are never mailed."""
    return arrival.is_told and arrival.severity > Severity.LOW


def _arrival(item: Mapping[str, Any]) -> Arrival:
    told, held = item.get("told_at"), item.get("held_until")
    return Arrival(
        rule_id=str(item["rule_id"]),
        written=datetime.fromisoformat(str(item["written_at"])),
        told=datetime.fromisoformat(str(told)) if told else None,
        is_told=item["delivery"] != "KEPT",
        severity=max(Severity(int(severity)) for severity in item["severities"]),
        held_until=datetime.fromisoformat(str(held)) if held and not told else None,
    )
