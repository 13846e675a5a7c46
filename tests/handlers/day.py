"""Plays a day in which each handler does everything that it can do."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.aws.pipeline import Faults
from tests.aws.test_trail_bucket import answering
from tests.aws.world import (
    BUCKET,
    CREATED,
    DELETED_TWO,
    KEY,
    PLENTY_OF_TIME,
    RULES,
    SIGNED_IN,
    TABLE,
    Clock,
    World,
    announced,
    batch,
    created,
    happened,
    reborn,
)
from tests.logfile.trail import Trail
from trailwarden import Match
from trailwarden.aws.outputs import choosing
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    console_login,
    iam_user,
    record,
    request,
    root,
)
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.grouping import by_actor
from trailwarden.handlers import detect, dispatch, sweep
from trailwarden.notify.addressee import addressee
from trailwarden.rules.trailwarden.canary_heard import ACTION
from trailwarden.rules.trailwarden.canary_heard import RULE as CANARY
from trailwarden.scenario.files import document

ELSEWHERE = "us-east-2"
LOOKED_AFTER, NOT_LOOKED_AFTER = {"time": "2025-06-02T13:02:00Z"}, {"time": "2025-06-02T13:22:00Z"}
MAILED = {"time": "2025-06-02T06:22:00Z"}
PRODUCT = f"arn:aws:securityhub:us-east-1:{DEFAULT_ACCOUNT_ID}:product/{DEFAULT_ACCOUNT_ID}/default"
OUTPUT_SERVICES = ("events", "secretsmanager", "securityhub")
CANARY_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/canary"


def fail(_: object) -> Match:
    raise ValueError("a bug")


FAILS = replace(CREATED, detect=fail, module="trailwarden.rules.test.fails")
HIDDEN = replace(
    CREATED, hides=lambda _: "tuning.toml, line 7", module="trailwarden.rules.test.hidden"
)


class Day:
    """An account with all that the sweep looks after, and the handlers in it."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        assembled: Callable[..., None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self._world, self._clock, self._assembled = world, clock, assembled
        self.trail_arn = self._make_trail()
        self._make_organization()
        self._subscribe()
        self._outputs = self._make_outputs()
        self._routed = f"{world.topics['people']}-routed"
        world.sns.create_topic(Name="people-routed")
        world.sns.subscribe(TopicArn=self._routed, Protocol="email", Endpoint="ann@example.org")
        self.machine_arn = self._make_machine()
        monkeypatch.setattr(choosing, "Http", lambda: lambda _: 200)
        settings = replace(
            world.settings,
            outputs=(
                *world.settings.outputs,
                *(f"{n}={a}" for n, a in self._outputs.items()),
                f"{addressee('ann@example.org')}={self._routed}",
            ),
            trail_arn=self.trail_arn,
            alert_emails=("ann@example.com",),
            operations_emails=("ops@example.com",),
            forward_regions=(ELSEWHERE,),
            account_names="organizations",
            canary_role_arn=CANARY_ROLE,
            canary_mail="daily",
            response_machine_arn=self.machine_arn,
        )
        for name, value in settings.to_environ().items():
            monkeypatch.setenv(name, value)
        [self.topic_elsewhere] = settings.forwarding_topic_arns.values()

    @property
    def names(self) -> dict[str, str]:
        """What the resources are called in a recording."""
        topics = {arn: name for name, arn in self._world.topics.items()}
        return {
            **topics,
            TABLE: "table",
            f"{TABLE}/pending": "index",
            "the-trails-bucket": "log files",
            self.trail_arn: "trail",
            CANARY_ROLE: "canary",
            self._world.seal_key: "seal",
            self.topic_elsewhere: "operations elsewhere",
            self._routed: "routed",
            self.machine_arn: "machine",
            "lake": "lake",
            **{arn: name for name, arn in self._outputs.items()},
        }

    def _make_trail(self) -> str:
        cloudtrail = self._world.session.client("cloudtrail")
        try:
            made = cloudtrail.create_trail(Name="main", S3BucketName="the-trails-bucket")
        except cloudtrail.exceptions.TrailAlreadyExistsException:
            return cloudtrail.describe_trails()["trailList"][0]["TrailARN"]
        cloudtrail.start_logging(Name="main")
        return made["TrailARN"]

    def _make_machine(self) -> str:
        """Make the state machine of responses."""
        states: Any = self._world.session.client("stepfunctions")
        definition = json.dumps({"StartAt": "X", "States": {"X": {"Type": "Succeed"}}})
        made = states.create_state_machine(name="R", definition=definition, roleArn=CANARY_ROLE)
        return str(made["stateMachineArn"])

    def _make_outputs(self) -> dict[str, str]:
        """Make what outputs go to besides topics, by their names."""
        events: Any = self._world.session.client("events")
        secrets: Any = self._world.session.client("secretsmanager")
        try:
            bus = events.create_event_bus(Name="day")["EventBusArn"]
            hook = {"Name": "hook", "SecretString": "https://hooks.slack.com/services/x"}
            secret = secrets.create_secret(**hook)["ARN"]
        except events.exceptions.ResourceAlreadyExistsException:
            bus = events.describe_event_bus(Name="day")["Arn"]
            secret = secrets.describe_secret(SecretId="hook")["ARN"]
        self._world.s3.create_bucket(Bucket="lake")
        lake = "s3://lake/ext/trailwarden/"
        return {"eventbridge": bus, "securityhub": PRODUCT, "securitylake": lake, "slack": secret}

    def _make_organization(self) -> None:
        organizations: Any = self._world.session.client("organizations")
        try:
            organizations.create_organization(FeatureSet="ALL")
        except organizations.exceptions.AlreadyInOrganizationException:
            return
        organizations.create_account(AccountName="production", Email="prod@example.com")

    def _subscribe(self) -> None:
        elsewhere = self._world.session.client("sns", region_name=ELSEWHERE)
        there = elsewhere.create_topic(Name="Trailwarden-Forwarding-Operations")["TopicArn"]
        topics = self._world.topics
        for sns, arn, email in (
            (self._world.sns, topics["people"], "ann@example.com"),
            (self._world.sns, topics["operations"], "joe@example.com"),
            (elsewhere, there, "joe@example.com"),
        ):
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=email)

    def play(self) -> None:
        self.detect()
        self.dispatch()
        self.sweep()
        self.incident()
        self.canary()

    def detect(self) -> None:
        """Read files with and without a version, events, and all that is odd."""
        first = replace(
            CREATED,
            correlation=FirstSeen(
                timespan=timedelta(days=9), learning=timedelta(days=1), group_by=by_actor
            ),
            module="trailwarden.rules.test.first",
        )
        self._assembled(CREATED, SIGNED_IN, DELETED_TWO, first, FAILS, HIDDEN)
        deleted = [record("iam:DeleteUser", iam_user("eve"), minute=minute) for minute in (2, 3)]
        versioned = self._world.upload([created(), *deleted], "a")
        unversioned = json.loads(self._world.upload([console_login(root(), minute=1)], "b"))
        del unversioned["detail"]["object"]["version-id"]
        damaged = self._world.upload([], "c", content=b"{")
        unknown = announced("AWSLogs/111122223333/CloudTrail-New/x")
        gone = announced(KEY.format("111122223333", "20250602T1205Z", "gone"))
        digest = self._deliver_digest()
        bodies = (versioned, json.dumps(unversioned), damaged, unknown, happened(created("joe")))
        foreign = "CloudTrail validation message."
        with answering():
            detect.handler(batch(*bodies, digest, versioned, foreign, gone), PLENTY_OF_TIME)

    def _deliver_digest(self) -> str:
        """Deliver a digest that lists one log file, and return the message that announces it."""
        trail = Trail().hours(1, files=1)
        for key, (body, metadata) in trail.objects.items():
            self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)
        return announced(trail.digests[0])

    def dispatch(self) -> None:
        """Send alerts, those that have grown included, and fail once."""
        changes = self._world.changes()
        with self._refused("sns"):
            dispatch.handler({"Records": changes}, None)
        self._clock.advance(minutes=3)
        many = [happened(created("kim", minute=minute)) for minute in range(12)]
        detect.handler(batch(*many), PLENTY_OF_TIME)
        dispatch.handler({"Records": self._world.changes()}, None)
        detect.handler(batch(happened(created("lee"))), PLENTY_OF_TIME)
        with self._refused("sns", *OUTPUT_SERVICES):  # so the sweep tells people and machines
            dispatch.handler({"Records": self._world.changes()}, None)

    def sweep(self) -> None:
        """Send a digest; look after trail, subscriptions and the names of accounts."""
        self._clock.advance(minutes=12)
        sweep.handler(NOT_LOOKED_AFTER, None)
        sweep.handler(LOOKED_AFTER, None)
        detect.handler(batch(happened(created("zoe"))), PLENTY_OF_TIME)
        dispatch.handler({"Records": self._world.changes()}, None)

    def incident(self) -> None:
        """Have people told of critical incidents, with what log files tell, and asked about them.

        The dispatcher tells of one, and the sweep of another.
        """
        self._assembled(*RULES)
        self._clock.advance(minutes=20)
        self._intrude("max", 4)
        dispatch.handler({"Records": self._world.changes()}, None)
        self._intrude("mia", 24)
        with self._refused("sns"):
            dispatch.handler({"Records": self._world.changes()}, None)
        self._clock.advance(minutes=12)
        sweep.handler(NOT_LOOKED_AFTER, None)

    def _intrude(self, name: str, minute: int) -> None:
        """Have a user of the pipeline's own account make another, and sign in."""
        who = iam_user(name, key=f"AKIA{name}")
        far: dict[str, Any] = {"sourceIPAddress": f"203.0.113.{minute}"}
        acts = [record("iam:CreateUser", who, minute=minute, **far)]
        acts.append(console_login(who, minute=minute + 1, **far))
        told = json.loads(json.dumps(acts).replace(ACCOUNT, DEFAULT_ACCOUNT_ID))
        key = KEY.format(DEFAULT_ACCOUNT_ID, f"20250602T12{minute + 5:02}Z", name)
        key = key.replace(ACCOUNT, DEFAULT_ACCOUNT_ID)
        self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=document(told))
        detect.handler(batch(*map(happened, told)), PLENTY_OF_TIME)

    def canary(self) -> None:
        """Hear what the sweep sent, over both paths, and have people told that all works."""
        self._assembled(CANARY)
        sweep.handler(LOOKED_AFTER, None)
        sweep.handler(MAILED, None)
        page = self._world.table.query(KeyConditionExpression=Key("pk").eq("CANARY"))
        nonces = [str(item["sk"]) for item in page["Items"] if "sung" in item]
        heard = request(
            ACTION, assumed_role("canary", f"{CANARY_SESSION}{nonces[0]}"), tableName=TABLE
        )
        detect.handler(batch(happened(heard), self._world.upload([heard], "d")), PLENTY_OF_TIME)

    @contextmanager
    def _refused(self, *services: str) -> Iterator[None]:
        faults = Faults()
        faults.refuses = lambda asked, _: "Throttling" if asked in services else ""
        reborn()
        yield
        faults.stop()
        reborn()


@pytest.fixture
def day(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Day:
    return Day(world, clock, assembled, monkeypatch)
