import json
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from tests.notify.findings import alerts, incidents
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.rule import Mode
from trailwarden.notify import ocsf


@cache
def validator(name: str, *profiles: str) -> Any:
    """Return what holds an event to the schema of its class."""
    made: Any = import_module("ocsf_json_schema")
    schemas = made.OcsfJsonSchemaEmbedded(made.get_ocsf_schema(version=ocsf.VERSION))
    schema = schemas.get_class_schema(class_name=name, profiles=[*profiles])
    return import_module("jsonschema").Draft202012Validator(schema)


def faults(event: dict[str, Any], name: str, *profiles: str) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {str(error.message)[:200]}"
        for error in validator(name, *profiles).iter_errors(event)
    ]


def test_every_alert_is_a_detection_finding() -> None:
    assert len(alerts()) > 40
    for alert in alerts():
        event = json.loads(ocsf.render(alert))
        assert faults(event, "detection_finding", "cloud") == [], alert.rule.id


def test_every_incident_is_an_incident_finding() -> None:
    assert len(incidents()) > 2
    for incident in incidents():
        event = json.loads(json.dumps(ocsf.incident_finding(incident)))
        assert faults(event, "incident_finding") == []
        listed = [info["uid"] for info in event["finding_info_list"]]
        assert listed == [alert.alert_id for alert in incident.alerts]


@pytest.mark.parametrize("wrong", ["severity_id", "finding_info", "cloud"])
def test_the_schema_notices_what_is_missing(wrong: str) -> None:
    event = ocsf.finding(alerts()[0])
    del event[wrong]
    assert faults(event, "detection_finding", "cloud")


def test_the_schema_notices_what_it_does_not_know() -> None:
    event = ocsf.finding(alerts()[0])
    event["finding_info"]["titel"] = "x"
    assert faults(event, "detection_finding", "cloud")


def test_a_finding_says_what_the_alert_says() -> None:
    incident = next(one for one in incidents() if one.tells_of_intruder)
    alert = max(incident.alerts, key=lambda one: one.severity)
    event = ocsf.finding(alert, {alert.first.account_id: "prod"}, incident)
    assert event["severity_id"] == int(alert.severity)
    assert event["cloud"]["account"]["name"] == "prod"
    assert event["metadata"]["correlation_uid"] == incident.id
    assert event["finding_info"]["analytic"]["uid"] == alert.rule.id
    assert event["evidences"][0]["actor"]["user"]["uid"] == alert.first.actor
    assert event["evidences"][0]["src_endpoint"] == {"ip": alert.first.source_ip_address}
    assert event["time"] == round(alert.last_seen.timestamp() * 1000)
    attacks = event["finding_info"]["attacks"]
    techniques = {(one.get("sub_technique") or one["technique"])["uid"] for one in attacks}
    assert techniques == {id_ for ids in alert.rule.attack.values() for id_ in ids}


def test_a_sub_technique_stands_below_its_technique() -> None:
    every = [attack for alert in alerts() for attack in _attacks(alert)]
    below = [attack for attack in every if "sub_technique" in attack]
    assert below
    assert not [attack for attack in every if "." in attack["technique"]["uid"]]
    for attack in below:
        technique, sub_technique = attack["technique"], attack["sub_technique"]
        assert sub_technique["uid"].startswith(f"{technique['uid']}.")
        assert ":" not in sub_technique["name"]


def _attacks(alert: Alert) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ocsf.finding(alert)["finding_info"]["attacks"]
    return found


def test_what_a_hunting_rule_finds_is_suppressed() -> None:
    hunted = [alert for alert in alerts() if alert.mode is Mode.HUNT]
    assert hunted
    assert {ocsf.finding(alert)["status"] for alert in hunted} == {"Suppressed"}


def test_an_alert_of_unknown_time_has_no_beginning() -> None:
    timeless = [alert for alert in alerts() if alert.first_seen == UNKNOWN_TIME]
    assert timeless
    for event in map(ocsf.finding, timeless):
        assert "start_time" not in event
        assert "first_seen_time" not in event["finding_info"]
