"""The drill: each call is seen by its rule, and nothing of it is left."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders

from tests.aws.world import REGION, World, account
from trailwarden import catalog
from trailwarden.aws.clock import now
from trailwarden.aws.drill import reasons
from trailwarden.aws.drill.acts import ACTS, PREFIX, Act
from trailwarden.aws.drill.drill import Drill, Made, is_done, own
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.event_patterns import complete_path_only
from trailwarden.detection.finding import Finding
from trailwarden.detection.routine import Routine
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.worsened import Worsened
from trailwarden.environment import Environment

__all__ = ["account"]

BY_NAME = {act.name: act for act in ACTS}
NOWHERE = Environment()


@pytest.fixture(scope="module")
def pack() -> Pack:
    return catalog.load()


@pytest.fixture
def world(account: World) -> World:
    account.reset()
    return account


def refusing(session: boto3.Session, code: str = "AccessDenied", *, calls: str = "") -> None:
    """Have AWS refuse the calls of a session: all, or those of one name."""

    def refuse(model: Any, **_: Any) -> Any:
        if calls and model.name != calls:
            return None
        answer = {"Error": {"Code": code, "Message": f"no {code}"}, "ResponseMetadata": {}}
        return AWSResponse("", 403, HTTPHeaders(), b""), answer

    events: Any = session.events
    events.register("before-call", refuse)


def powerless(_session: boto3.Session, _role_arn: str, _name: str) -> boto3.Session:
    """Play IAM, which moto leaves out: a role without permissions is refused all."""
    session = boto3.Session(region_name=REGION)
    refusing(session)
    return session


class Deployment:
    """Plays a deployment whose detector is at hand: what is delivered is in the table at once."""

    def __init__(self, world: World, rules: list[Rule]) -> None:
        self.world, self.rules, self.table = world, rules, world.table
        self.forward_regions: tuple[str, ...] = ()

    def settings(self) -> Any:
        return replace(self.world.settings, forward_regions=self.forward_regions)

    def detect(self, record: Record) -> None:
        event = Event(record)
        wanted = [rule for rule in self.rules if event.action in rule.events]
        found = [Finding(rule, (o,)) for rule in wanted for o in rule.observe(event)]
        self.world.outbox(self.rules).write(found)

    def drill(self, session: boto3.Session, *, is_deaf: bool = False) -> Drill:
        operator: Any = self
        deliver: Callable[[Record], None] = (lambda _: None) if is_deaf else self.detect
        return Drill(
            operator,
            session,
            self.rules,
            deliver=deliver,
            assume=powerless,
            pause=lambda _: None,
        )


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(region_name=REGION)


@pytest.fixture
def deployment(world: World, pack: Pack) -> Deployment:
    named = {act.rule_id for act in ACTS}
    return Deployment(world, [rule for rule in pack.rules if rule.id in named])


@pytest.fixture(scope="module")
def things(account: World) -> Callable[[], list[str]]:
    """What tells all that is in the account of the kinds that a drill makes."""
    client: Any = account.session.client
    iam, ec2, s3, sqs = (client(name) for name in ("iam", "ec2", "s3", "sqs"))

    def tell() -> list[str]:
        return [
            *(one["GroupName"] for one in ec2.describe_security_groups()["SecurityGroups"]),
            *(one["NetworkAclId"] for one in ec2.describe_network_acls()["NetworkAcls"]),
            *(one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]),
            *(one["RoleName"] for one in iam.list_roles()["Roles"]),
            *(one["GroupName"] for one in iam.list_groups()["Groups"]),
            *(one["Name"] for one in s3.list_buckets()["Buckets"]),
            *sqs.list_queues().get("QueueUrls", []),
        ]

    return tell


def test_there_are_enough_calls_over_several_services_and_both_paths(pack: Pack) -> None:
    rules = {rule.id: rule for rule in pack.rules}
    assert 6 <= len(ACTS) <= 10
    assert len({act.action.partition(":")[0] for act in ACTS}) >= 5
    assert len({act.rule_id for act in ACTS}) == len(ACTS)
    slow = {act.name for act in ACTS if complete_path_only(rules[act.rule_id])}
    assert slow == {"group"}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_the_rule_of_a_call_sees_it_and_nothing_is_left(
    act: Act,
    deployment: Deployment,
    session: boto3.Session,
    things: Callable[[], list[str]],
) -> None:
    before = things()
    drill = deployment.drill(session)
    made = drill.make(act)
    assert (made.problem, made.left) == ("", [])
    assert things() == before
    arrival = own(made, drill.look([made])[act.name])
    assert arrival is not None
    rule = drill.rules[act.rule_id]
    assert arrival.is_told is (rule.mode is Mode.ALERT)
    assert (arrival.severity > Severity.LOW) is arrival.is_told


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_no_other_rule_takes_the_alert_of_a_call_for_its_own(act: Act, pack: Pack) -> None:
    """An alert of a story is of its worst rule, and a sum holds earlier drills.

    A comparison finds nothing to compare with: each drill makes things of its own.
    """
    [rule] = [rule for rule in pack.rules if rule.id == act.rule_id]
    assert (rule.story, rule.told_by) == ("", "")
    assert rule.correlation is None or isinstance(rule.correlation, Routine | Worsened)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_each_further_drill_is_an_alert_of_its_own(
    act: Act, deployment: Deployment, session: boto3.Session, world: World
) -> None:
    drill = deployment.drill(session)
    first, second = drill.make(act), drill.make(act)
    assert first.mark != second.mark
    found = [drill.look([made])[act.name] for made in (first, second)]
    assert all(own(made, some) for made, some in zip((first, second), found, strict=True))
    rule = drill.rules[act.rule_id]
    if isinstance(rule.correlation, Routine):  # else the drill of each month would be one
        records = [made.record for made in (first, second) if made.record]
        seen = [one for record in records for one in rule.observe(Event(record))]
        assert len({*map(rule.correlation.kind, seen)}) == len(records)
    ids = [item["pk"] for item in world.alerts().values() if item["rule_id"] == act.rule_id]
    assert len(ids) >= 2


class Break:
    """A break from the keyboard after one of the calls of a session."""

    def __init__(self, session: boto3.Session, at: int) -> None:
        self.calls, self._at = 0, at
        events: Any = session.events
        events.register("after-call", self._after)

    def _after(self, **_: Any) -> None:
        self.calls += 1
        if self.calls == self._at:
            raise KeyboardInterrupt


SAMPLED = {"group", "trail"}
BREAKS = [
    pytest.param(act, id=act.name, marks=[] if act.name in SAMPLED else pytest.mark.exhaustive)
    for act in ACTS
]


@pytest.mark.parametrize("act", BREAKS)
def test_a_break_after_any_call_leaves_nothing(
    act: Act, deployment: Deployment, things: Callable[[], list[str]]
) -> None:
    before = things()
    for at in count(1):
        broken = boto3.Session(region_name=REGION)
        drill = deployment.drill(broken)
        stop = Break(broken, at)
        with suppress(KeyboardInterrupt):
            drill.make(act)
        assert things() == before, f"after call {at}"
        assert drill.left == []
        if stop.calls < at:
            return


def test_a_call_that_aws_refuses_is_not_made_and_the_reason_is_told(
    deployment: Deployment, session: boto3.Session, things: Callable[[], list[str]]
) -> None:
    refusing(session, "UnauthorizedOperation", calls="AuthorizeSecurityGroupIngress")
    before = things()
    drill = deployment.drill(session)
    made = drill.make(BY_NAME["security-group"])
    assert things() == before
    assert is_done(made, [])
    why = reasons.no_alert(drill, made, NOWHERE, timedelta())
    assert why.startswith("The call was not made. ")
    assert "no UnauthorizedOperation" in why


def test_what_cannot_be_removed_is_named(deployment: Deployment, session: boto3.Session) -> None:
    refusing(session, "Throttling", calls="DeleteGroup")
    drill = deployment.drill(session)
    made = drill.make(BY_NAME["group"])
    [left] = drill.left
    assert left.startswith(f"IAM group {PREFIX}")
    assert made.left == drill.left
    boto3.Session(region_name=REGION).client("iam").delete_group(GroupName=made.mark)


def unseen(deployment: Deployment, session: boto3.Session, name: str) -> tuple[Drill, Made]:
    drill = deployment.drill(session, is_deaf=True)
    return drill, drill.make(BY_NAME[name])


def why(drill: Drill, made: Made, environment: Environment = NOWHERE, minutes: int = 20) -> str:
    return reasons.no_alert(drill, made, environment, timedelta(minutes=minutes))


def test_reasons_for_what_did_not_come(deployment: Deployment, session: boto3.Session) -> None:
    drill, made = unseen(deployment, session, "queue")
    assert own(made, drill.look([made])["queue"]) is None
    assert "So the event did not come" in why(drill, made)
    rule = drill.rules["sqs.queue_purged"]
    drill.rules[rule.id] = replace(rule, mode=Mode.OFF)
    assert why(drill, made) == "The rule is off: see tuning.toml."
    drill.rules[rule.id] = replace(rule, hides=lambda _: "line 7 of tuning.toml")
    assert "hidden by line 7 of tuning.toml" in why(drill, made)
    drill.rules[rule.id] = replace(rule, exempt=frozenset(Caller))
    assert "exempt: the caller is" in why(drill, made)
    del drill.rules[rule.id]
    assert why(drill, made) == "The rule is not among the rules here."


def test_the_deploy_role_that_drills_is_told_that_it_is_exempt(
    deployment: Deployment, session: boto3.Session
) -> None:
    drill, made = unseen(deployment, session, "queue")
    environment = Environment(own_accounts=(drill.account_id,), deploy_roles=("*",))
    assert "by '*' in deploy_roles" in why(drill, made, environment)


def test_log_files_take_their_time(deployment: Deployment, session: boto3.Session) -> None:
    drill, made = unseen(deployment, session, "group")
    assert "They take up to 15 minutes" in why(drill, made, minutes=5)
    assert "So the event did not come" in why(drill, made)


def test_another_region_is_fast_where_it_is_forwarded(
    deployment: Deployment, session: boto3.Session
) -> None:
    del session
    far = deployment.drill(boto3.Session(region_name="eu-west-1"))
    assert far.path(BY_NAME["queue"]) == "log files"
    assert far.slow_because(BY_NAME["queue"]) == "eu-west-1 is not among forward_regions"
    assert far.path(BY_NAME["policy"]) == "fast path"  # IAM is recorded at home
    deployment.forward_regions = ("eu-west-1",)
    assert far.path(BY_NAME["queue"]) == "fast path"


def test_watching_ends_with_the_last_mail(
    deployment: Deployment, session: boto3.Session, world: World
) -> None:
    drill = deployment.drill(session)
    made = [drill.make(BY_NAME[name]) for name in ("queue", "group")]
    rounds: Iterator[Any] = iter(drill.watch(made, timedelta(minutes=5), 1))
    found = next(rounds)
    queue = own(made[0], found["queue"])
    assert queue is not None
    assert queue.told is None
    assert reasons.no_mail(made[0], found["queue"]).startswith("Alerts that come together wait")
    assert reasons.no_mail(made[1], found["group"]).startswith("Nobody is mailed of it")
    outbox = world.outbox(deployment.rules)
    later = now() + timedelta(minutes=10)
    for stored in outbox.pending():
        outbox.hold(stored, later)
    queue = own(made[0], next(rounds)["queue"])
    assert queue is not None
    assert (queue.told, queue.held_until) == (None, later)
    for stored in outbox.pending():
        outbox.mark_sent(stored)
    found = next(rounds)
    queue = own(made[0], found["queue"])
    assert queue is not None
    assert queue.told is not None
    assert queue.held_until is None
    assert list(rounds) == []


def test_patience_has_an_end(deployment: Deployment, session: boto3.Session) -> None:
    drill, made = unseen(deployment, session, "queue")
    assert len(list(drill.watch([made], timedelta(), 1))) == 1
