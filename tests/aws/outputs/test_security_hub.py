import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.aws.outputs.playing import answering, detected, dispatched, pending, swept
from tests.aws.pipeline import Faults
from tests.aws.world import (
    CREATED,
    SIGNED_IN,
    Clock,
    World,
    created,
    found,
    reborn,
)
from tests.notify.test_asff import faults
from trailwarden.aws.outputs.security_hub import SecurityHub
from trailwarden.aws.outputs.sender import Load
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.notify.account import NAMELESS

HOME = "111122223333"
PRODUCT = f"arn:aws:securityhub:us-east-1:{HOME}:product/{HOME}/default"
ROOT = console_login(root())
OF_PEOPLE = ("Note", "UserDefinedFields", "VerificationState", "Workflow")
MOST_OF_ONE, MOST = 240 * 1024, 6 * 1024 * 1024


class Hub:
    """Security Hub, as its documentation has it: updates, and the fields of people."""

    def __init__(self) -> None:
        self.findings: dict[str, dict[str, Any]] = {}
        self.sizes: list[int] = []
        self.refuses: Callable[[dict[str, Any]], str] = lambda _: ""

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        findings = body["Findings"]
        assert 1 <= len(findings) <= 100
        assert len(json.dumps(body)) < MOST
        self.sizes.append(len(findings))
        failed = [
            {"Id": one["Id"], "ErrorCode": code, "ErrorMessage": "no"}
            for one in findings
            if (code := self._import(one))
        ]
        done = len(findings) - len(failed)
        return {"FailedCount": len(failed), "SuccessCount": done, "FailedFindings": failed}

    def _import(self, finding: dict[str, Any]) -> str:
        assert faults(finding) == ""
        if finding["AwsAccountId"] != HOME or finding["ProductArn"] != PRODUCT:
            return "InvalidAccess"
        if len(json.dumps(finding)) > MOST_OF_ONE:
            return "InvalidInput"
        if code := self.refuses(finding):
            return code
        known = self.findings.get(finding["Id"], {})
        if known and finding["UpdatedAt"] <= known["UpdatedAt"]:
            return ""  # an update that is not newer is ignored
        people = {name: known[name] for name in OF_PEOPLE if name in known}
        self.findings[finding["Id"]] = {**known, **finding, **people}
        return ""

    @property
    def titles(self) -> list[str]:
        return sorted(finding["Title"] for finding in self.findings.values())


@pytest.fixture
def hub(world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Hub:
    outputs = f"json={world.topics['machines']},securityhub={PRODUCT}"
    monkeypatch.setenv("OUTPUTS", outputs)
    assembled()
    return Hub()


def test_an_alert_is_a_finding_of_the_home_account(world: World, hub: Hub) -> None:
    with answering("BatchImportFindings", hub):
        detected({**ROOT, "recipientAccountId": "444455556666"})
        dispatched(world)
    [finding] = hub.findings.values()
    assert finding["AwsAccountId"] == HOME
    assert finding["Resources"][0]["Id"] == "AWS::::Account:444455556666"
    assert pending(world) == []


def test_a_second_import_updates_and_leaves_alone_what_people_wrote(
    world: World, clock: Clock, hub: Hub
) -> None:
    with answering("BatchImportFindings", hub):
        detected(created("joe"))
        dispatched(world)
        [finding] = hub.findings.values()
        finding["Workflow"] = {"Status": "NOTIFIED"}
        finding["Note"] = {"Text": "Ann looks at it."}
        finding["UserDefinedFields"] = {"ticket": "SEC-1"}
        before = finding["UpdatedAt"]
        clock.advance(minutes=3)
        detected(*(created("joe", minute=minute) for minute in range(1, 12)))
        dispatched(world)
    [after] = hub.findings.values()
    assert after["ProductFields"]["trailwarden/count"] == "12"
    assert datetime.fromisoformat(after["UpdatedAt"]) > datetime.fromisoformat(before)
    assert after["Workflow"] == {"Status": "NOTIFIED"}
    assert after["Note"] == {"Text": "Ann looks at it."}
    assert after["UserDefinedFields"] == {"ticket": "SEC-1"}


@pytest.mark.exhaustive
def test_findings_are_imported_a_hundred_at_a_time(world: World, clock: Clock, hub: Hub) -> None:
    world.outbox().write([f for n in range(230) for f in found(CREATED, created(f"user-{n}"))])
    with answering("BatchImportFindings", hub):
        swept(world, clock)
    assert len(hub.findings) == 230
    assert max(hub.sizes) == 100
    assert pending(world) == []


def test_a_finding_that_fails_costs_no_other_and_comes_again(
    world: World, clock: Clock, hub: Hub
) -> None:
    hub.refuses = lambda f: "InternalError" if "Signed" in f["Title"] else ""
    with answering("BatchImportFindings", hub):
        detected(created("joe", sourceIPAddress="203.0.113.9"), ROOT)
        dispatched(world)
        assert hub.titles == ["Created happened"]
        assert len(world.sent()) == 1
        assert len(world.sent("machines")) == 2
        assert pending(world) == ["Signed_In happened"]
        hub.refuses = lambda _: ""
        swept(world, clock)
    assert hub.titles == ["Created happened", "Signed_In happened"]
    assert pending(world) == []


@pytest.mark.fault("outputs", "Security Hub takes nothing", "people and the other outputs get all")
@pytest.mark.parametrize("code", ["InvalidAccessException", "LimitExceededException"])
def test_a_hub_that_fails_holds_back_nobody(
    world: World, clock: Clock, hub: Hub, code: str
) -> None:
    faults_of = Faults()
    faults_of.refuses = lambda service, _: code if service == "securityhub" else ""
    detected(ROOT)
    dispatched(world)
    faults_of.stop()
    reborn()
    assert len(world.sent()) == len(world.sent("machines")) == 1
    assert pending(world) == ["Signed_In happened"]
    with answering("BatchImportFindings", hub):
        swept(world, clock)
    assert hub.titles == ["Signed_In happened"]


def test_a_hub_that_takes_nothing_is_asked_once(world: World) -> None:
    world.outbox().write([f for n in range(120) for f in found(CREATED, created(f"user-{n}"))])
    calls: list[int] = []

    class Client:
        def batch_import_findings(self, **body: Any) -> dict[str, Any]:
            calls.append(len(body["Findings"]))
            raise ConnectTimeoutError(endpoint_url="https://securityhub")

    due = [*world.stored().values()]
    told = SecurityHub(Client(), "securityhub", PRODUCT).send(Load(due, NAMELESS, {}, []))
    assert calls == [100]
    assert {failed.why for failed in told.failed} == {"ConnectTimeoutError"}
    assert len(told.failed) == 120


def test_a_batch_that_is_refused_for_one_finding_is_halved(world: World) -> None:
    world.outbox().write([f for n in range(9) for f in found(CREATED, created(f"user-{n}"))])
    world.outbox().write(found(SIGNED_IN, ROOT))
    hub, calls = Hub(), []

    class Client:
        def batch_import_findings(self, **body: Any) -> dict[str, Any]:
            calls.append(len(body["Findings"]))
            if any("Signed" in one["Title"] for one in body["Findings"]):
                error = {"Error": {"Code": "InvalidInputException", "Message": "no"}}
                raise ClientError(error, "BatchImportFindings")  # type: ignore[arg-type]
            return hub(body)

    due = [*world.stored().values()]
    told = SecurityHub(Client(), "securityhub", PRODUCT).send(Load(due, NAMELESS, {}, []))
    assert len(told.sent) == len(hub.findings) == 9
    assert [failed.why for failed in told.failed] == ["InvalidInputException"]
    assert len(calls) <= 9
