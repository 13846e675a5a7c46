"""The theft of a container's credentials is one alert, whatever is known of its networks."""

import pytest

from trailwarden import Mode, catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, assumed_role, pod, request, task
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.environment import Environment

OWN, FOREIGN, A_DAY = "203.0.113.9", "185.220.101.4", 24 * 60
LAPTOP = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"
ENGINE = Engine(catalog.load().rules)


def call(by: Fields, address: str, minute: float, **fields: str) -> Record:
    fields = {"sourceIPAddress": address} | fields
    action = "secretsmanager:GetSecretValue"
    return request(action, by, minute=minute, fields=fields, secretId="db")


@pytest.mark.parametrize("ranges", [(), ("203.0.113.0/24",)], ids=["no ranges", "ranges"])
@pytest.mark.parametrize("agent", ["Boto3/1.34.145", LAPTOP], ids=["Boto3", "laptop"])
@pytest.mark.parametrize(
    "by",
    [pod("shop", "web-7d"), task("shop"), assumed_role("shop", "eks-prod-shop-7d9f-0f0d8ab6")],
    ids=["pod", "task", "Pod Identity"],
)
def test_a_stolen_container_is_one_alert(by: Fields, agent: str, ranges: tuple[str, ...]) -> None:
    usual = [call(by, OWN, day * A_DAY) for day in range(9)]
    stolen = [call(by, FOREIGN, 8 * A_DAY + n, userAgent=agent) for n in (9, 12)]
    environment = Environment(egress_ranges=ranges)
    events = [Event(one, environment) for one in (*usual, *stolen)]
    found = [one for one in ENGINE.afresh().evaluate(events) if isinstance(one, Finding)]
    told = {one.alert_id: one.rule.id for one in found if one.rule.mode is Mode.ALERT}
    assert len(told) == 1, told
