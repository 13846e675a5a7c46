import json
import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from tests.notify.findings import alerts
from trailwarden.detection.rule import Mode
from trailwarden.notify import asff

LIMITS = {"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512}
"""How many characters Security Hub takes."""


@cache
def shape() -> Any:
    """Return the model of what `BatchImportFindings` takes."""
    session = import_module("botocore.session").get_session()
    model = session.get_service_model("securityhub")
    return model.operation_model("BatchImportFindings").input_shape


def faults(finding: dict[str, Any]) -> str:
    """Return what the API's model finds wrong, also fields that it does not know."""
    validator: Any = import_module("botocore.validate").ParamValidator()
    report: str = validator.validate({"Findings": [finding]}, shape()).generate_report()
    return report + ", ".join(unknown(finding, shape().members["Findings"].member))


def unknown(value: Any, model: Any) -> list[str]:
    if model.type_name == "structure" and isinstance(value, dict):
        mine = [name for name in value if name not in model.members]
        known = ((value[name], model.members[name]) for name in value if name in model.members)
        return mine + [name for pair in known for name in unknown(*pair)]
    if model.type_name == "list" and isinstance(value, list):
        return [name for one in value for name in unknown(one, model.member)]
    return []


def test_every_alert_is_a_finding_that_security_hub_takes() -> None:
    assert len(alerts()) > 40
    for alert in alerts():
        finding = json.loads(asff.render(alert))
        assert faults(finding) == "", alert.rule.id
        for name, limit in LIMITS.items():
            assert 0 < len(finding[name]) <= limit
        assert len(finding["Remediation"]["Recommendation"]["Text"]) <= 512
        assert 1 <= len(finding["Resources"]) <= 32
        assert all(len(one["Id"]) <= 512 for one in finding["Resources"])
        assert len(finding["ProductFields"]) <= 50
        assert all(0 < len(text) <= 2048 for text in finding["ProductFields"].values())
        assert len(json.dumps(finding)) < 240_000
        assert re.fullmatch(r"\d{12}", finding["AwsAccountId"])
        assert f":{finding['AwsAccountId']}:product/" in finding["ProductArn"]
        assert all(kind.partition("/")[0] in NAMESPACES for kind in finding["Types"])


def texts(value: Any, at: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for name, one in value.items() for pair in texts(one, f"{at}.{name}")]
    if isinstance(value, list):
        return [pair for one in value for pair in texts(one, at)]
    return [(at, value)] if isinstance(value, str) else []


def test_no_text_is_blank() -> None:
    """Security Hub refuses a finding for one: its model has the pattern `.*\\S.*`."""
    for alert in alerts():
        blank = [at for at, text in texts(asff.finding(alert)) if not text.strip()]
        assert not blank, alert.rule.id


def test_the_names_of_a_call_are_as_short_as_security_hub_takes_them() -> None:
    """https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsApiCallAction.html"""
    first = alerts()[0].first._replace(action=f"{'s' * 400}:{'a' * 400}")
    call = asff.finding(replace(alerts()[0], observations=[first]))["Action"]["AwsApiCallAction"]
    assert (len(call["Api"]), len(call["ServiceName"])) == (128, 128)


NAMESPACES = {"TTPs", "Effects", "Unusual Behaviors"}


@pytest.mark.parametrize("wrong", ["Title", "Resources", "ProductArn"])
def test_the_model_notices_what_is_missing(wrong: str) -> None:
    finding = asff.finding(alerts()[0])
    del finding[wrong]
    assert faults(finding)


def test_the_model_notices_what_it_does_not_know() -> None:
    finding = asff.finding(alerts()[0])
    finding["Action"]["AwsApiCallAction"]["Who"] = "x"
    assert faults(finding)


def test_a_finding_says_what_the_alert_says() -> None:
    alert = next(one for one in alerts() if one.rule.id == "cloudtrail.logging_stopped")
    finding = asff.finding(alert, {alert.first.account_id: "prod"})
    assert finding["AwsAccountName"] == "prod"
    assert finding["Severity"]["Label"] == "CRITICAL"
    assert finding["Action"]["AwsApiCallAction"]["Api"] == "StopLogging"
    assert finding["ProductFields"]["trailwarden/actor"] == alert.first.actor
    assert finding["Resources"][0]["Id"] == alert.first.subject
    assert finding["Types"] == ["TTPs/Defense Evasion"]


def test_what_a_hunting_rule_finds_is_suppressed() -> None:
    hunted = [alert for alert in alerts() if alert.mode is Mode.HUNT]
    assert hunted
    assert {asff.finding(alert)["Workflow"]["Status"] for alert in hunted} == {"SUPPRESSED"}


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_a_finding_is_of_its_partition(region: str, partition: str) -> None:
    alert = alerts()[0]
    seen = [one._replace(region=region) for one in alert.observations]
    finding = asff.finding(replace(alert, observations=seen))
    assert finding["ProductArn"].startswith(f"arn:{partition}:securityhub:{region}:")
    assert finding["Resources"][0]["Partition"] == partition
