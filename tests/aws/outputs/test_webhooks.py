import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.aws.outputs.contracts import pagerduty, slack, teams
from tests.aws.outputs.playing import detected, dispatched, pending, swept
from tests.aws.outputs.web import Service, serving
from tests.aws.world import CREATED, RULES, SIGNED_IN, Clock, World, a_rule, created, found, reborn
from trailwarden.aws.outputs import http
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.notify.webhook import Post

ROOT = console_login(root())
JOE = created("joe", sourceIPAddress="203.0.113.9")
HIDDEN = "T0001-B0002-verysecret"
KEY = "0123456789abcdef0123456789ABCDEF"
SECRETS = {
    "slack": f"https://hooks.slack.com/services/{HIDDEN}",
    "teams": json.dumps({"url": f"https://prod-1.westeurope.logic.azure.com/workflows/{HIDDEN}"}),
    "pagerduty": KEY,
}
CONTRACTS = {"slack": slack, "teams": teams, "pagerduty": pagerduty}
OF_PEOPLE = ["slack", "teams"]


def store(world: World, name: str, text: str) -> str:
    """Keep a secret, and return its ARN."""
    client: Any = world.session.client("secretsmanager")
    try:
        arn: str = client.create_secret(Name=f"hook-{name}", SecretString=text)["ARN"]
    except client.exceptions.ResourceExistsException:
        arn = client.put_secret_value(SecretId=f"hook-{name}", SecretString=text)["ARN"]
    return arn


@pytest.fixture
def chosen(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Chooses outputs besides the one that is there always."""

    def choose(*names: str, **secrets: str) -> None:
        told = {**SECRETS, **secrets}
        hooks = [f"{name}={store(world, name, told[name])}" for name in names]
        monkeypatch.setenv("OUTPUTS", ",".join([f"json={world.topics['machines']}", *hooks]))
        assembled()

    return choose


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The web services, which take what their documentation says."""
    made = Service(lambda host, path, body: _contract(host)(path, body))
    with serving(made, tmp_path, monkeypatch):
        yield made
    assert made.wrong == []


def _contract(host: str) -> Callable[[str, dict[str, Any]], int]:
    [name] = [name for name in CONTRACTS if name in host] or ["teams"]
    return CONTRACTS[name]


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_alert_is_posted_once(
    world: World, service: Service, chosen: Callable[..., None], name: str
) -> None:
    chosen(name)
    detected(ROOT)
    dispatched(world)
    [body] = service.bodies
    assert "Signed_In happened" in json.dumps(body)
    assert pending(world) == []
    assert len(world.sent()) == len(world.sent("machines")) == 1


def test_alerts_of_an_incident_are_one_incident_of_pagerduty(
    world: World, service: Service, chosen: Callable[..., None], assembled: Callable[..., None]
) -> None:
    chosen("pagerduty")
    assembled(CREATED, a_rule("gone", "iam:DeleteUser"))
    mallory = iam_user("mallory")
    detected(
        record("iam:CreateUser", mallory, minute=1), record("iam:DeleteUser", mallory, minute=2)
    )
    dispatched(world)
    first, second = service.bodies
    assert first["dedup_key"] == second["dedup_key"]
    assert first["payload"]["severity"] == "error"
    assert first["routing_key"] == KEY


@pytest.mark.fault(
    "outputs",
    "The service of a webhook refuses",
    "people and the other outputs get all, and it comes again",
)
@pytest.mark.parametrize(
    ("name", "status"),
    [("slack", 400), ("teams", 413), ("pagerduty", 429), ("slack", 404), ("pagerduty", 503)],
)
def test_a_service_that_refuses_holds_back_nobody(
    world: World,
    clock: Clock,
    service: Service,
    *,
    chosen: Callable[..., None],
    name: str,
    status: int,
) -> None:
    others = [other for other in CONTRACTS if other != name]
    chosen(name, *others)
    usual = service.answer
    service.answer = lambda host, path, body: (
        status if _contract(host) is CONTRACTS[name] else usual(host, path, body)
    )
    detected(JOE, ROOT)
    dispatched(world)
    assert len(world.sent()) == 1
    assert len(world.sent("machines")) == 2
    assert len(pending(world)) == 2
    by_others = [host for host, _, _ in service.seen if _contract(host) is not CONTRACTS[name]]
    assert len(by_others) == 4
    service.answer, service.seen = usual, []
    swept(world, clock)
    assert len(service.seen) == 2
    assert pending(world) == []


def test_a_redirect_is_not_followed(
    world: World, service: Service, chosen: Callable[..., None]
) -> None:
    chosen("slack")
    service.answer, service.location = lambda *_: 302, "https://events.pagerduty.com/elsewhere"
    detected(ROOT)
    dispatched(world)
    assert {host.partition(":")[0] for host, _, _ in service.seen} == {"hooks.slack.com"}
    assert pending(world) == ["Signed_In happened"]


@pytest.mark.fault(
    "outputs", "The service of a webhook does not answer", "people and the other outputs get all"
)
def test_a_service_that_does_not_answer_is_given_up_in_seconds(
    world: World,
    service: Service,
    chosen: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen("slack", "pagerduty")
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    service.pause = threading.Event()
    detected(JOE, ROOT)
    dispatched(world)
    assert len(world.sent()) == 1
    assert len(world.sent("machines")) == 2
    assert len(pending(world)) == 2


def test_a_long_answer_is_not_read_and_spoils_no_later_message(
    world: World, chosen: Callable[..., None], service: Service
) -> None:
    chosen("slack")
    service.says = b"x" * 1_000_000
    detected(JOE)
    dispatched(world)
    detected(ROOT)
    dispatched(world)
    assert len(service.seen) == 2
    assert pending(world) == []


def test_an_answer_that_drips_keeps_nobody_waiting(
    world: World, chosen: Callable[..., None], service: Service
) -> None:
    chosen("slack")
    service.says, service.drips = b"x" * 100, 0.1
    before = time.monotonic()
    detected(JOE)
    dispatched(world)
    assert time.monotonic() - before < 5
    assert pending(world) == []


def test_a_certificate_of_somebody_else_is_refused(
    world: World,
    service: Service,
    chosen: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen("slack")
    monkeypatch.delenv("AWS_CA_BUNDLE")
    reborn()
    detected(ROOT)
    dispatched(world)
    assert service.seen == []
    assert pending(world) == ["Signed_In happened"]


BAD = [
    "http://hooks.slack.com/services/x",
    "https://hooks.slack.com.evil.example/x",
    "https://evil.example/hooks.slack.com",
    "https://hooks.slack.com@evil.example/x",
    "https://hooks.slack.com:8443/x",
    "https://hooks.slack.com\\@evil.example/x",
    "https://hooks.slack.com/x\r\nHost: evil",
    "https://169.254.169.254/latest",
    "{",
    "{}",
    '{"url": 7}',
    " ",
]


@pytest.mark.parametrize("bad", BAD)
def test_an_address_of_elsewhere_gets_nothing(
    world: World, service: Service, chosen: Callable[..., None], bad: str
) -> None:
    chosen("slack", slack=bad)
    detected(ROOT)
    dispatched(world)
    assert service.seen == []
    assert len(world.sent()) == len(world.sent("machines")) == 1
    assert pending(world) == ["Signed_In happened"]


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("fails", ["status", "certificate", "nothing"])
def test_no_secret_is_logged(
    world: World,
    service: Service,
    chosen: Callable[..., None],
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    name: str,
    fails: str,
) -> None:
    chosen(name)
    if fails == "status":
        service.answer = lambda *_: 404
    if fails == "certificate":
        monkeypatch.delenv("AWS_CA_BUNDLE")
    reborn()
    for logger in (logging.getLogger(), logging.getLogger("urllib3")):
        monkeypatch.setattr(logger, "level", logging.DEBUG)
    detected(ROOT)
    with caplog.at_level(logging.DEBUG):
        dispatched(world)
    told = caplog.text + "".join(capsys.readouterr())
    assert len(told) > 100
    assert HIDDEN not in told
    assert KEY not in told
    assert "verysecret" not in repr(Post(SECRETS["slack"], "x"))


def test_people_hear_in_chats_again_when_it_is_worse_or_more_and_not_of_each_thing(
    world: World, clock: Clock, service: Service, chosen: Callable[..., None]
) -> None:
    chosen("slack")
    detected(JOE)
    dispatched(world)
    world.sent("machines")
    clock.advance(minutes=3)
    detected({**created("joe", minute=2), "awsRegion": "eu-west-1"})
    dispatched(world)
    swept(world, clock)
    assert len(service.seen) == 1
    assert len(world.sent("machines")) == 1  # for them the Region is news
    detected(*({**created("joe", minute=3 + n), "awsRegion": "eu-west-1"} for n in range(9)))
    dispatched(world)
    swept(world, clock)
    assert len(service.seen) == 2
    assert pending(world) == []


@pytest.mark.fault(
    "storm",
    "Twenty alerts wait for a chat",
    "they are few messages, and none is forgotten",
)
@pytest.mark.parametrize("name", OF_PEOPLE)
def test_a_storm_is_a_few_messages_and_forgets_none(
    world: World, clock: Clock, service: Service, chosen: Callable[..., None], name: str
) -> None:
    chosen(name)
    world.outbox().write([f for n in range(20) for f in found(CREATED, created(f"user-{n}"))])
    world.outbox().write(found(SIGNED_IN, ROOT))
    swept(world, clock)
    assert len(service.seen) == 5
    assert "Signed_In" in json.dumps(service.bodies[0])
    assert "17 more alerts: 17 HIGH" in json.dumps(service.bodies[-1])
    assert pending(world) == []


def test_the_words_of_a_rule_that_fail_keep_back_no_other(
    world: World, clock: Clock, service: Service, chosen: Callable[..., None], assembled: Any
) -> None:
    chosen("slack")
    broken: dict[str, Any] = {"response": 7}
    odd = replace(a_rule("odd", "iam:CreateUser"), **broken)
    assembled(odd, *RULES[1:])
    detected(*(created(f"user-{n}", sourceIPAddress=f"203.0.113.{n}") for n in range(9)), ROOT)
    swept(world, clock)
    assert pending(world) == []
    assert "The rule test[.]odd found something" in json.dumps(service.bodies)
