"""Tests of telling a setting that is switched off from one that is repeated."""

from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import CONSOLE, TERRAFORM, Fields, request
from trailwarden.services import settings


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, False),
        ({"brokerId": "b-1", "currentVersion": "3", "clientRequestToken": "t"}, False),
        ({"brokerId": "b-1", "engineVersion": "3.13"}, "left off"),
        ({"brokerId": "b-1", "maintenanceDays": 0}, False),
    ],
)
def test_off_in_a_form_beside_other_changes_may_be_old_news(
    others: Fields, said: str | bool
) -> None:
    assert settings.off(broker(CONSOLE, **others), "logs") == said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ({"userAgent": "aws-cli/2.27.0"}, False),
        ({"userAgent": "AWSPowerShell.Common/4.1.820"}, False),
        (TERRAFORM, "off beside other changes"),
        ({"userAgent": "Boto3/1.38.0"}, "off beside other changes"),
        ({"userAgent": None}, "off beside other changes"),
        ({"userAgent": "aws-cli/2.27.0"} | CONSOLE, "left off"),
        ({"userAgent": "aws-cli/2.27.0 md/awscrt#0.26 exec-env/CloudShell"} | CONSOLE, False),
    ],
)
def test_what_is_typed_is_meant(by: Fields, said: str | bool) -> None:
    assert settings.off(broker(by, engineVersion="3.13"), "logs") == said


@pytest.mark.parametrize(
    ("by", "others", "said"),
    [
        ({"userAgent": "Boto3/1.38.0"}, {"backupRetentionPeriod": 0}, False),
        (TERRAFORM, {"deletionProtection": "false"}, False),
        (CONSOLE, {"backupRetentionPeriod": 0}, "left off"),
        ({"userAgent": "Boto3/1.38.0"}, {"multiAZ": False}, "off beside other changes"),
        ({"userAgent": "Boto3/1.38.0"}, {"backupRetentionPeriod": 7}, "off beside other changes"),
        (TERRAFORM, {"performanceInsightsRetentionPeriod": 0}, "off beside other changes"),
    ],
)
def test_a_program_that_takes_two_protections_away_means_it(
    by: Fields, others: Fields, said: str | bool
) -> None:
    assert settings.off(broker(by, engineVersion="3.13", **others), "logs") == said


def test_a_template_is_a_form() -> None:
    record = request("amazonmq:UpdateBroker", via="cloudformation", logs={}, engineVersion="3.13")
    assert settings.off(Event(record), "logs") == "left off"


def test_who_sets_all_because_the_rest_is_lost_may_mean_no_change() -> None:
    pool = request("cognito-idp:UpdateUserPool", mfaConfiguration="OFF", policies={})
    assert settings.off(Event(pool), "mfaConfiguration") == "off beside other changes"


def broker(fields: Fields, **others: Any) -> Event:
    return Event(request("amazonmq:UpdateBroker", fields=fields, logs={"audit": False}, **others))


def test_a_request_without_parameters_changes_nothing_else() -> None:
    assert settings.changes_only(Event({}), "logs")
