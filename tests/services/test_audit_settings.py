from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.environment import Environment
from trailwarden.services.audit_settings import (
    CHATTY_SERVICES,
    holds_security_logs,
    security_service,
    unrecorded,
)


def basic(**selector: Any) -> dict[str, Any]:
    return {
        "eventSelectors": [{"includeManagementEvents": True, "readWriteType": "All"} | selector]
    }


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    management = {"field": "eventCategory", "equals": ["Management"]}
    return {"advancedEventSelectors": [{"fieldSelectors": [management, *fields]}]}


DATA = {
    "advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}]
}
KMS = {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}


@pytest.mark.parametrize(
    ("request_", "gap"),
    [
        (basic(), ""),
        (basic(dataResources=[{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]), ""),
        (basic(includeManagementEvents=False), "all management events"),
        (basic(readWriteType="ReadOnly"), "some management events"),
        (basic(excludeManagementEventSources=["kms.amazonaws.com"]), CHATTY_SERVICES),
        (advanced(), ""),
        (advanced({"field": "readOnly", "equals": ["true"]}), "some management events"),
        (advanced(KMS), CHATTY_SERVICES),
        (DATA, "all management events"),
        (None, ""),
        ({"eventSelectors": 1, "advancedEventSelectors": [None]}, ""),
    ],
)
def test_tells_which_events_are_not_recorded(request_: Any, gap: str) -> None:
    assert unrecorded(request_) == gap


@pytest.mark.parametrize(
    "name", ["aws-cloudtrail-logs-111122223333", "/vpc/flow-logs", "/aws/eks/prod/cluster"]
)
def test_recognizes_logs_of_security(name: str) -> None:
    assert holds_security_logs(Event({}), name)


def test_leaves_other_logs_alone() -> None:
    assert not holds_security_logs(Event({}), "/aws/lambda/thumbnails")


def test_knows_the_pipelines_own_logs() -> None:
    environment = Environment(pipeline_resources=("/aws/lambda/Detector*",))
    assert holds_security_logs(Event({}, environment), "/aws/lambda/Detector-1")


def test_knows_security_services() -> None:
    assert security_service("guardduty.amazonaws.com") == "guardduty"
    assert security_service("ram.amazonaws.com") == ""
