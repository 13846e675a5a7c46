"""A deployment that a history seeds knows first times at once, and tells what nobody was told."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from tests.aws.calls import _needed as needed
from tests.aws.world import BUCKET, PLENTY_OF_TIME, TABLE, World, announced, batch
from trailwarden import catalog
from trailwarden.aws import seeding
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.packing import inflated
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import ACCOUNT, NOON, function, iam_user, record, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.heard import Heard
from trailwarden.detection.history import Asked
from trailwarden.detection.observation import Observation
from trailwarden.handlers import detect
from trailwarden.rules.ec2.launched_in_new_region import RULE as NEW_REGION
from trailwarden.rules.ses.mail_sent_by_new_sender import RULE as NEW_SENDER
from trailwarden.scenario import files

STACK = "Live"
POLICY = Path(__file__).parents[2] / "docs" / "policies" / "history-seed.json"


def mail(sender: str, day: float) -> Record:
    return request("ses:SendEmail", function(sender, sender), day=day)


def launch(region: str, day: float) -> Record:
    by = iam_user("alice")
    return request("ec2:RunInstances", by, day=day, fields={"awsRegion": region})


PAST = (
    record("iam:GetUser", iam_user("alice"), minute=-45 * 1440),
    *(mail("mailer", day) for day in (-40, -20, -2)),
    mail("intruder", -3),
    *(launch("eu-west-1", day) for day in (-40, -12)),
    *(launch("ap-south-1", day) for day in (-20, -4)),
    request("iam:CreatePolicyVersion", iam_user("alice"), day=-1),
)


@pytest.fixture(scope="module", autouse=True)
def _stack(account: World) -> Iterator[None]:
    client: Any = account.session.client("cloudformation")
    for name, outputs in ((STACK, {"StateTableName": {"Value": TABLE}}), ("Other", {})):
        resources = {"Any": {"Type": "AWS::SNS::Topic"}}
        template = json.dumps({"Resources": resources, "Outputs": outputs})
        client.create_stack(StackName=name, TemplateBody=template)
    yield
    for name in (STACK, "Other"):
        client.delete_stack(StackName=name)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    files.write(PAST, tmp_path / "logs")
    return tmp_path / "logs"


@pytest.fixture
def seeded(
    world: World, logs: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    def seed(*more: str, stack: str = STACK) -> tuple[int, str]:
        folder = str(logs.parent / "history")
        here = ("--folder", folder, "--stack", stack, "--region", "us-east-1", "--seed", *more)
        status = main(["history", "start", "--local", "--jobs", "1", *here, str(logs)])
        return status, capsys.readouterr().err

    assert world.table.scan()["Count"] == 0
    return seed


def told(world: World, *events: Record) -> set[tuple[str, str]]:
    """Have the detector read a file of events; return the rules and labels of its alerts."""
    detect.handler(batch(world.upload(events)), PLENTY_OF_TIME)
    stored = world.stored([NEW_SENDER, NEW_REGION])
    return {
        (one.alert.rule.id.partition(".")[0], seen.label.rpartition("/")[2])
        for one in stored.values()
        for seen in one.alert.observations
    }


TODAY = (
    *(mail(sender, 0) for sender in ("mailer", "intruder", "stranger")),
    *(launch(region, 0) for region in ("eu-west-1", "ap-south-1", "sa-east-1")),
)


def test_known_labels_are_silent_after_a_seed_and_new_ones_are_told(
    world: World,
    seeded: Callable[..., tuple[int, str]],
    assembled: Callable[..., None],
) -> None:
    assert seeded("--yes")[0] == 0
    assembled(NEW_SENDER, NEW_REGION)
    assert told(world, *TODAY) == {
        ("ses", "intruder"),  # first seen three days ago, when nobody was told
        ("ses", "stranger"),
        ("ec2", "ap-south-1"),  # severe, and news in the history
        ("ec2", "sa-east-1"),
    }


def test_without_a_seed_the_account_is_not_learned(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(NEW_SENDER, NEW_REGION)
    assert told(world, *TODAY) == set()


def test_accounts_count_as_heard_since_their_first_day(
    world: World, seeded: Callable[..., tuple[int, str]]
) -> None:
    seeded("--yes")
    heard = Heard()
    heard.note(ACCOUNT, f"{NOON:%Y-%m-%dT%H:%M:%SZ}")
    heard.keep(DynamoHistory(world.table), timedelta(days=90))
    days = [(NOON.date() - day).days for day in heard.on([ACCOUNT])[ACCOUNT]]
    assert days == [45, 40, 20, 12, 4, 3, 2, 1, 0]


def test_the_items_are_those_that_the_detector_writes(
    world: World, seeded: Callable[..., tuple[int, str]], assembled: Callable[..., None]
) -> None:
    seeded("--yes")
    ours = _items(world)
    world.reset()
    pack = catalog.load()
    assembled(*pack.rules, environment=pack.environment)
    for key, content in files.log_files(PAST):
        world.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        detect.handler(batch(announced(key)), PLENTY_OF_TIME)
    theirs = _items(world)
    assert len(ours) > 20
    assert all(_told(item) == _told(theirs[place]) for place, item in ours.items())
    for place, item in ours.items():
        assert abs(item["expires"] - theirs[place]["expires"]) <= 1


def test_a_seed_that_is_done_again_changes_nothing(
    world: World, seeded: Callable[..., tuple[int, str]]
) -> None:
    _, first = seeded("--yes")
    items = _items(world)
    _, again = seeded("--yes")
    assert f"{len(items):,} items are written to {TABLE}; 0 were known there" in first
    assert f"0 items are written to {TABLE}; {len(items):,} were known there" in again
    assert _items(world) == items


@pytest.mark.parametrize(("minutes", "stays"), [(-5, True), (5, False)])
def test_of_one_day_the_earlier_observation_stays(
    world: World, minutes: int, *, stays: bool
) -> None:
    """`minutes` say how far the observation of the live table is from that of the seed."""
    live = Observation(NOON + timedelta(minutes=minutes), "live", "label", "group")
    asked = Asked("rule/group", [live], timedelta(days=60), daily=True)
    list(DynamoHistory(world.table).observe_all([asked]))
    ours = live._replace(time=NOON, origin="ours")
    seeding.seed(world.table, [asked._replace(new=[ours])])
    [item] = _items(world).values()
    assert (item["seen_at"].rpartition("#")[0] == live.time.isoformat("T", "microseconds")) is stays


def test_nothing_is_written_until_its_price_is_agreed_to(
    world: World, seeded: Callable[..., tuple[int, str]]
) -> None:
    status, said = seeded()
    assert status == 2
    assert "DynamoDB: write request units" in said
    left_out = re.search(r"tells them once: (\d+) labels of the last days, (\d+) that are", said)
    assert left_out
    assert all(int(number) >= 1 for number in left_out.groups())
    assert "say --yes" in said
    assert world.table.scan()["Count"] == 0


def test_a_history_of_some_rules_and_a_stack_without_a_table_are_refused(
    world: World, seeded: Callable[..., tuple[int, str]], logs: Path
) -> None:
    status, said = seeded("--yes", stack="Other")
    assert status == 2
    assert "the stack Other has no StateTableName" in said
    away = ("history", "start", "--local", "--jobs", "1", "--folder", str(logs.parent / "some"))
    assert main([*away, "--rule", "iam.*", "--seed", "--yes", "--stack", STACK, str(logs)]) == 2
    assert main(["history", "start", "--seed", "--yes", "--stack", STACK]) == 2
    assert world.table.scan()["Count"] == 0


def test_the_policy_allows_what_a_seed_calls_and_nothing_else(
    world: World, seeded: Callable[..., tuple[int, str]]
) -> None:
    used = set[str]()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        service, keys = str(model.service_model.service_name), params.get("Item", {})
        used.update(action for action, _ in needed(service, str(model.name), params))
        assert str(keys.get("pk", "HISTORY#")).startswith("HISTORY#")

    with pytest.MonkeyPatch.context() as patch:
        session = boto3.Session(region_name="us-east-1")
        session.events.register("provide-client-params", note)
        patch.setattr(boto3, "Session", lambda **_: session)
        assert seeded("--yes")[0] == 0
    statements = json.loads(POLICY.read_text())["Statement"]
    allowed = {each["Action"]: each.get("Condition") for each in statements}
    assert allowed.keys() == used
    only = allowed["dynamodb:PutItem"]
    assert only["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": ["HISTORY#*"]}
    assert only["Null"] == {"dynamodb:LeadingKeys": "false"}
    assert world.table.scan()["Count"] > 0


def _items(world: World) -> dict[tuple[str, str], Any]:
    found = world.table.scan()["Items"]
    return {(str(i["pk"]), str(i["sk"])): i for i in found if str(i["pk"]).startswith("HISTORY#")}


def _told(item: Mapping[str, Any]) -> tuple[object, object]:
    """Return what an item tells a rule: whose credential acted is for alerts, and no rule asks."""
    [seen] = msgspec.json.decode(inflated(bytes(item["seen"])), type=tuple[Observation])
    return item.get("seen_at"), seen._replace(lineage="")
