"""An account in memory for the tests: moto's, with the table, the topics and the bucket in it."""

import importlib
import json
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sns.models import sns_backends

import trailwarden.aws
from bench.soak.quick_tables import quick_tables
from bench.soak.resources import make_seal_key, make_table
from tests.aws.calls import Calls
from trailwarden import ATTEMPTED, NOBODY, Match
from trailwarden.aws import assembly
from trailwarden.aws.alert_item import Stored
from trailwarden.aws.dispatcher import Dispatcher, Told
from trailwarden.aws.mailbox import Mailbox
from trailwarden.aws.outbox import Outbox
from trailwarden.aws.outputs.topic import Topic
from trailwarden.aws.seal import seal_of
from trailwarden.catalog.discovery import Pack
from trailwarden.catalog.pipeline import PIPELINE_RULES
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.permissions import FUNCTIONS, RESPONSE, permissions
from trailwarden.contract.settings import ORGANIZATIONS, Settings
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import EventCount
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.scenario import files

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

REGION = "us-east-1"
BUCKET = "the-trails-bucket"
TABLE = "state"
KEY = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/{}_CloudTrail_us-east-1_{}_{}.json.gz"
CREDENTIALS = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)
PLENTY_OF_TIME = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)


def a_rule(name: str, *events: str, **told: Any) -> Rule:
    """Make a rule that says yes to all of its events."""
    return Rule(
        f"trailwarden.rules.test.{name}",
        f"{name.title()} happened.\n\nIt matters.",
        told.pop("detect", lambda _: Match()),
        events=events,
        exempt=told.pop("exempt", NOBODY),
        outcome=told.pop("outcome", ATTEMPTED),
        severity=told.pop("severity", Severity.HIGH),
        attack={Tactic.PERSISTENCE: ["T1136.003"]},
        response="Look into it.",
        **told,
    )


CREATED = a_rule("created", "iam:CreateUser")
SIGNED_IN = a_rule("signed_in", "signin:ConsoleLogin", severity=Severity.CRITICAL)
DELETED_TWO = a_rule(
    "deleted_two",
    "iam:DeleteUser",
    correlation=EventCount(at_least=2, timespan=timedelta(minutes=30), group_by=by_actor),
)
RULES = (CREATED, SIGNED_IN, DELETED_TWO)


def granted(*, account_names: bool) -> set[tuple[str, str]]:
    """Return what each function may do, wherever; `account_names` is that choice in `cdk.json`.

    Every test of a handler holds its calls against this.
    """
    return {
        (function, action)
        for function in (*FUNCTIONS, *RESPONSE)
        for actions in permissions(function, account_names=account_names).values()
        for action in actions
    }


class Clock:
    """A clock that goes when it is told to, or when somebody waits; asking takes a little, too."""

    def __init__(self) -> None:
        self.moment = datetime(2025, 6, 2, 13, tzinfo=UTC)
        self.paused = 0.0

    def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment

    def pause(self, seconds: float) -> None:
        self.paused += seconds
        self.advance(seconds=seconds)

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


class Sent(NamedTuple):
    """What went over a topic."""

    subject: str
    text: str
    attributes: dict[str, Any]


class World:
    """The resources that the stack would make, and what has been sent over its topics."""

    def __init__(self) -> None:
        self.session = boto3.Session(region_name=REGION)  # without the faults of the default one
        self.s3 = self.session.client("s3")
        self.sns = self.session.client("sns")
        self.table: Table = self.session.resource("dynamodb").Table(TABLE)
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.topics = {name: self._topic(name) for name in ("people", "machines", "operations")}
        self._read = 0
        kms: Any = self.session.client("kms")
        self.seal_key = make_seal_key(kms)
        self.seal = seal_of(kms, self.seal_key)
        make_table(self.session.client("dynamodb"), TABLE)

    @property
    def backend(self) -> Any:
        """The table, as moto has it."""
        backend: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
        return backend.tables[TABLE]

    @property
    def settings(self) -> Settings:
        return Settings(
            stack_name="Trailwarden",
            home_region=REGION,
            state_table_name=TABLE,
            people_topic_arn=self.topics["people"],
            outputs=(f"json={self.topics['machines']}",),
            operations_topic_arn=self.topics["operations"],
            log_buckets=(BUCKET,),
            log_bucket_owner=DEFAULT_ACCOUNT_ID,
            trail_arn="",
            alert_emails=(),
            operations_emails=(),
            forward_regions=(),
            account_names="",
            seal_key_arn=self.seal_key,
        )

    def _topic(self, name: str) -> str:
        return self.sns.create_topic(Name=name)["TopicArn"]

    def reset(self) -> None:
        """Empty the table, and forget what was sent."""
        self.backend.items.clear()
        self.backend.stream_shard.items.clear()
        self._read = 0
        for name in self.topics:
            self.sent(name)

    def changes(self) -> list[dict[str, Any]]:
        """Return what is new in the table's stream, of the alerts: that is what the filter says."""
        items = self.backend.stream_shard.items
        new, self._read = [item.to_json() for item in items[self._read :]], len(items)
        return [c for c in new if c["dynamodb"]["Keys"]["pk"]["S"].startswith("ALERT#")]

    def sent(self, topic: str = "people") -> list[Sent]:
        """Take and return what was sent over a topic, in its order."""
        backend: Any = sns_backends[DEFAULT_ACCOUNT_ID][REGION]
        notifications = backend.topics[self.topics[topic]].sent_notifications
        found = [
            Sent(subject or "", text, said or {}) for _, text, subject, said, _ in notifications
        ]
        notifications.clear()
        return found

    def upload(self, records: Sequence[Record], name: str = "a", *, content: bytes = b"") -> str:
        """Put a log file into the bucket, and return the message that announces it."""
        key = KEY.format("111122223333", "20250602T1205Z", name)
        body = content or files.document(records)
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        return announced(key, version_id=version)

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Return the items of the alerts, by id."""
        items: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            page = self.table.scan(ConsistentRead=True, **start)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        prefix = "ALERT#"
        return {
            str(item["pk"]).removeprefix(prefix): item
            for item in items
            if str(item["pk"]).startswith(prefix)
        }

    def outbox(self, rules: Sequence[Rule] = RULES) -> Outbox:
        return Outbox(self.table, [*rules, *PIPELINE_RULES], self.seal)

    def dispatcher(self, rules: Sequence[Rule] = RULES) -> Dispatcher:
        return Dispatcher(
            self.outbox(rules),
            Mailbox(self.table),
            self.sns,
            people_topic_arn=self.topics["people"],
            outputs=[Topic(self.sns, "json", self.topics["machines"])],
        )

    def sweep(self, rules: Sequence[Rule] = RULES) -> Told:
        """Let people and then machines be told of all that was left behind."""
        dispatcher = self.dispatcher(rules)
        waiting = dispatcher.waiting()
        told = dispatcher.send_digest(waiting)
        told.failed += dispatcher.serve_machines(waiting, told).failed
        return told

    def stored(self, rules: Sequence[Rule] = RULES) -> dict[str, Stored]:
        """Return the alerts as the outbox has them, by id."""
        outbox = self.outbox(rules)
        found = {alert_id: outbox.get(alert_id) for alert_id in self.alerts()}
        return {alert_id: stored for alert_id, stored in found.items() if stored}

    def told(self, rules: Sequence[Rule] = RULES) -> dict[str, tuple[int, list[str]]]:
        """Return the count and the event ids of each alert in the table."""
        return {
            alert_id: (stored.alert.count, sorted(stored.alert.event_ids))
            for alert_id, stored in self.stored(rules).items()
        }


def announced(key: str, *, bucket: str = BUCKET, version_id: str = "") -> str:
    """Return EventBridge's message about a new object."""
    version = {"version-id": version_id} if version_id else {}
    detail = {"bucket": {"name": bucket}, "object": {"key": key, **version}}
    return json.dumps(
        {"detail-type": "Object Created", "source": "aws.s3", "time": "2025-06-02T12:05:09Z"}
        | {"detail": detail}
    )


def happened(event: Record) -> str:
    """Return EventBridge's message about an event."""
    return json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": event})


def batch(*bodies: str) -> dict[str, Any]:
    """Return a batch of messages as Lambda gets it from SQS; ids are their places."""
    return {"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}


def created(name: str = "mallory", *, minute: float = 0, **fields: Any) -> Record:
    """Build a record of somebody making a user."""
    return record("iam:CreateUser", iam_user(name), minute=minute, **fields)


def found(rule: Rule, *events: Mapping[str, Any]) -> list[Finding]:
    """Return what a rule without a correlation finds in each of `events`."""
    seen = (o for event in events for o in rule.observe(Event(event)))
    return [Finding(rule, (observation,)) for observation in seen]


_PARTS = (
    *("account_names", "around", "asking", "canary", "chains", "public_keys", "detector"),
    *("dispatcher", "environment", "hasty_table", "incidents", "links", "metrics", "outbox"),
    *("responder", "newest", "queue", "seal", "settings", "table", "troubles", "watch"),
)
MADE = {name: getattr(assembly, name) for name in _PARTS}
"""What an execution environment makes once."""


def reborn() -> None:
    """Forget what an execution environment made, as a new one has not made it yet."""
    for made in MADE.values():
        made.cache_clear()


@pytest.fixture(scope="module")
def account() -> Iterator[World]:
    """The account of a module's tests."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(), quick_tables():
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        boto3.setup_default_session(region_name=REGION)
        yield World()
        boto3.DEFAULT_SESSION = None


@cache
def _modules_with_a_clock() -> Sequence[ModuleType]:
    """Import all modules before the first is changed: a later one would keep the changed clock."""
    found = pkgutil.walk_packages(trailwarden.aws.__path__, "trailwarden.aws.")
    modules = [importlib.import_module(each.name) for each in found]
    return [module for module in modules if hasattr(module, "now")]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of everything that looks at one."""
    clock = Clock()
    for module in _modules_with_a_clock():
        monkeypatch.setattr(module, "now", clock.now)
    monkeypatch.setattr("trailwarden.aws.mailbox.pause", clock.pause)
    monkeypatch.setattr("trailwarden.aws.batches.pause", clock.pause)
    return clock


@pytest.fixture
def world(account: World, clock: Clock) -> World:  # noqa: ARG001 - its time is that of the clock
    """An empty account."""
    account.reset()
    return account


@pytest.fixture
def assembled(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Have the handlers put together in this account, with few rules or with those given."""

    def assemble(*rules: Rule, environment: Environment | None = None) -> None:
        pack = Pack(list(rules or RULES), environment or Environment())
        monkeypatch.setattr(assembly, "pack", lambda: pack)
        reborn()

    for name, value in world.settings.to_environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Trailwarden")
    calls = Calls({})
    assemble()
    yield assemble
    are_names_asked = os.environ.get("ACCOUNT_NAMES") == ORGANIZATIONS
    reborn()
    calls.stop()
    may = granted(account_names=are_names_asked)
    beyond = {(use.function, use.action) for use in calls.uses} - may
    assert not beyond, f"the roles do not allow {beyond}"
