"""What people read in chats: whatever a record holds, a message of the service's form."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.aws.outputs import contracts
from tests.detection.incidents.worlds import told
from tests.notify.findings import alerts, hostile
from trailwarden.detection.alert import Belonging
from trailwarden.detection.severity import Severity
from trailwarden.notify import amazonq, chat, pagerduty, slack, teams
from trailwarden.notify.webhook import SecretError

KEY = "0123456789abcdef0123456789ABCDEF"
CALLS = [
    *("<!channel>", "<!here|x>", "<@U123>", "@channel", "@here", "@everyone", "@ channel"),
    *("<https://evil.example|Sign in>", "[Sign in](https://evil.example)", "<at>ann</at>"),
    *("&lt;!channel&gt;", "`<!here>`", "*bold* _it_ ~s~", "mailto:a@evil.example", "\n# x"),
    *("&" * 900, "<" * 900, "\U0001f600" * 900),
]


def checked(name: str, text: str) -> dict[str, Any]:
    """Return a message that its service takes."""
    body: dict[str, Any] = json.loads(text)
    match name:
        case "slack":
            assert contracts.slack("/services/x", body) == 200
        case "teams":
            assert contracts.teams("/workflows/x", body) == 202
        case "pagerduty":
            body = json.loads(pagerduty.post(KEY, text).body)
            assert contracts.pagerduty("/v2/enqueue", body) == 202
        case "amazonq":
            contracts.amazonq(body)
    return body


MODULES: dict[str, Any] = {
    "slack": slack,
    "teams": teams,
    "pagerduty": pagerduty,
    "amazonq": amazonq,
}


@pytest.mark.parametrize("name", MODULES)
def test_every_alert_makes_a_message_that_the_service_takes(name: str) -> None:
    assert len(alerts()) > 40
    for alert in alerts():
        checked(name, MODULES[name].render(alert))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("evil", CALLS)
def test_no_text_of_a_record_calls_anybody_or_makes_a_link(name: str, evil: str) -> None:
    found = told(hostile(evil))[0]
    assert found
    for alert in found:
        checked(name, MODULES[name].render(alert))


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_a_summary_is_a_message_that_the_service_takes(name: str) -> None:
    for evil in CALLS:
        checked(name, MODULES[name].summarize(told(hostile(evil))[0]))
    text = json.dumps(checked(name, MODULES[name].summarize(alerts())))
    assert f"{len(alerts()):,} more alerts" in text
    assert "more, none of them worse" in text


def test_a_summary_counts_every_alert() -> None:
    said = chat.summary(alerts())
    counts = [int(text.rpartition(": ")[2]) for name, text in said.facts if name != "And"]
    [rest] = [int(text.partition(" ")[0]) for name, text in said.facts if name == "And"]
    assert sum(counts) + rest == len(alerts())


@pytest.mark.parametrize(
    ("severity", "of_incident", "said"),
    [
        (Severity.LOW, None, "info"),
        (Severity.MEDIUM, None, "warning"),
        (Severity.HIGH, None, "error"),
        (Severity.CRITICAL, None, "critical"),
        (Severity.HIGH, Severity.CRITICAL, "critical"),
        (Severity.HIGH, Severity.LOW, "error"),
    ],
)
def test_pagerduty_hears_how_bad_it_is(
    severity: Severity, of_incident: Severity | None, said: str
) -> None:
    alert = alerts()[0]
    seen = [one._replace(severity=severity) for one in alert.observations]
    belongs = Belonging("a1b2c3d4e5f6", of_incident, ()) if of_incident else None
    event = json.loads(pagerduty.render(replace(alert, observations=seen, incident=belongs)))
    assert event["payload"]["severity"] == said
    key = "a1b2c3d4e5f6" if belongs else alert.alert_id
    assert event["dedup_key"] == f"trailwarden/{key}"


def test_a_notification_is_in_the_thread_of_its_incident() -> None:
    alert = replace(alerts()[0], incident=Belonging("a1b2c3d4e5f6", Severity.HIGH, ()))
    assert json.loads(amazonq.render(alert))["metadata"]["threadId"] == "a1b2c3d4e5f6"


@pytest.mark.parametrize(
    ("secret", "url"),
    [
        (KEY, "https://events.pagerduty.com/v2/enqueue"),
        (json.dumps({"routing_key": KEY}), "https://events.pagerduty.com/v2/enqueue"),
        (
            json.dumps({"routing_key": KEY, "url": "https://events.eu.pagerduty.com/v2/enqueue"}),
            "https://events.eu.pagerduty.com/v2/enqueue",
        ),
    ],
)
def test_pagerduty_has_a_region(secret: str, url: str) -> None:
    assert pagerduty.post(secret, "{}").url == url


@pytest.mark.parametrize(
    "secret",
    [
        *("", "short", KEY[:-1] + "-", "{", json.dumps({"routing_key": 7})),
        json.dumps({"routing_key": KEY, "url": "https://evil.example/v2/enqueue"}),
        json.dumps({"routing_key": KEY, "url": None}),
    ],
)
def test_a_secret_that_is_none_of_pagerduty_is_refused(secret: str) -> None:
    with pytest.raises(SecretError) as error:
        pagerduty.post(secret, "{}")
    assert KEY not in str(error.value)


def test_a_long_notification_keeps_its_link_and_breaks_no_text_off() -> None:
    """What is cut within code would be read as Markdown."""
    seen = alerts()[0].first
    evil: dict[str, Any] = dict.fromkeys(("label", "user_agent", "region"), "&" * 600)
    many = [
        seen._replace(**evil, subject=f"{n}{'&' * 500}", actor=f"{n}{'<' * 300}") for n in range(9)
    ]
    alert = replace(alerts()[0], observations=many, news=["&" * 600] * 9)
    content = json.loads(amazonq.render(alert))["content"]
    lines = content["description"].splitlines()
    assert len(content["description"]) <= amazonq.MAX_DESCRIPTION
    assert lines[-1].endswith("|The first event in the console>")
    assert all(line.count("`") == 2 for line in lines if line.startswith("*"))
