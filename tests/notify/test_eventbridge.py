"""The events of the bus have the form that their page says, and so do the page's examples."""

import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.notify.findings import alerts, incidents
from trailwarden.detection.alert import Belonging
from trailwarden.detection.severity import Severity
from trailwarden.notify import eventbridge
from trailwarden.notify.output import MAX_MESSAGE

PAGE = (Path(__file__).parents[2] / "docs" / "outputs" / "eventbridge.md").read_text("utf-8")
FINDINGS, _, REST = PAGE.partition("| Field of a finding |")[2].partition(
    "| Field of an incident |"
)
INCIDENTS = REST.partition("\n## ")[0]
MAPS = re.findall(r"InputPathsMap: (\{.*\})\n\s*InputTemplate: >-\n((?:\s*[{\"].*\n)+)", PAGE)


def documented(table: str) -> set[str]:
    """Return the fields of a table: what stands in code in its first cells."""
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def findings() -> list[dict[str, Any]]:
    belongs = Belonging("a1b2c3d4e5f6", Severity.HIGH, ("b1",))
    names = {alert.first.account_id: "prod" for alert in alerts()}
    told = [replace(alert, incident=belongs, news=["Region: x"]) for alert in alerts()]
    return [json.loads(eventbridge.render(alert, names)) for alert in told]


def test_a_finding_has_the_fields_of_its_page() -> None:
    assert len(findings()) > 40
    assert {name for detail in findings() for name in detail} == documented(FINDINGS)


def test_an_incident_has_the_fields_of_its_page() -> None:
    details = [json.loads(eventbridge.incident(found)) for found in incidents()]
    assert len(details) > 10
    assert {frozenset(detail) for detail in details} == {frozenset(documented(INCIDENTS))}
    assert any(detail["is_intruder"] for detail in details)
    assert all(len(json.dumps(detail)) < 100_000 for detail in details)
    worst = max(details, key=lambda detail: int(detail["severity_id"]))
    assert (worst["severity"], worst["severity_id"]) == ("critical", 5)
    assert all(detail["alert_count"] >= len(detail["alerts"]) for detail in details)


def test_a_long_incident_keeps_its_worst_alerts() -> None:
    found = max(incidents(), key=lambda one: len(one.alerts))
    many = [replace(found.alerts[0], alert_id=f"low-{n:03}") for n in range(300)]
    worst = max(found.alerts, key=lambda alert: alert.severity)
    detail = json.loads(eventbridge.incident(replace(found, alerts=[*many, worst])))
    assert detail["alert_count"] == 301
    assert len(detail["alerts"]) == eventbridge.MOST_ALERTS
    assert worst.alert_id in {row["alert_id"] for row in detail["alerts"]}


@pytest.mark.parametrize(("paths", "template"), MAPS)
def test_an_example_makes_json_of_every_event(paths: str, template: str) -> None:
    wanted: dict[str, str] = import_module("yaml").safe_load(paths)
    incident = "account_ids" in paths
    events = [json.loads(eventbridge.incident(i)) for i in incidents()] if incident else findings()
    for detail in events:
        text = template
        for name, path in wanted.items():
            field = path.removeprefix("$.detail.").removesuffix("[0]")
            value = detail[field][:1] if path.endswith("[0]") else detail[field]
            text = text.replace(f"<{name}>", json.dumps(value))
        assert "<" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        assert isinstance(json.loads(text), dict)


def test_the_page_has_an_example_of_each_kind() -> None:
    assert len(MAPS) == 4
    assert all(
        name in PAGE for name in ("**Jira.**", "**ServiceNow.**", "**PagerDuty.**", "**Slack.**")
    )


def test_an_incident_of_any_texts_is_small_enough_for_an_event() -> None:
    found = max(incidents(), key=lambda one: len(one.alerts))
    seen = found.alerts[0].first._replace(actor="\U0001f600" * 1_000, title="\U0001f600" * 1_000)
    many = [
        replace(
            found.alerts[0], alert_id=f"x{n}", observations=[seen._replace(actor=f"{n}x" * 400)]
        )
        for n in range(90)
    ]
    odd = [replace(found.alerts[0], alert_id=f"y{n}", observations=[seen]) for n in range(200)]
    grown = replace(found, alerts=[*many, *odd])
    names = dict.fromkeys(grown.account_ids, "\U0001f600" * 500)
    detail = eventbridge.incident(grown, names)
    assert len(detail) <= MAX_MESSAGE
    told = json.loads(detail)
    assert told["incident_id"] == found.id
    assert told["alert_count"] == 290
    assert told["alerts"]
