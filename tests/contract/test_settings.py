from dataclasses import replace

import pytest

from infra.checks import MOST_PLACES
from trailwarden.contract.settings import MissingSettingError, Settings
from trailwarden.environment import Environment
from trailwarden.notify.output import names
from trailwarden.notify.routes import MAX_TEXT

ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:trailwarden/some-output-AbCdEf"
SETTINGS = Settings(
    stack_name="Trailwarden",
    home_region="eu-central-1",
    state_table_name="state",
    people_topic_arn="arn:aws:sns:eu-central-1:111122223333:people",
    outputs=("json=arn:aws:sns:eu-central-1:111122223333:json",),
    operations_topic_arn="arn:aws:sns:eu-central-1:111122223333:operations",
    log_buckets=("logs", "more-logs"),
    log_bucket_owner="111122223333",
    trail_arn="",
    alert_emails=("ann@example.com", "joe@example.com"),
    operations_emails=(),
    forward_regions=("us-east-1",),
    account_names="",
)


def test_reads_what_the_stack_wrote() -> None:
    assert Settings.from_environ(SETTINGS.to_environ()) == SETTINGS


def test_reads_as_itself_unless_a_role_is_named() -> None:
    environ = SETTINGS.to_environ()
    assert (environ["READER_ROLE_ARN"], environ["READER_EXTERNAL_ID"]) == ("", "")
    reader = "arn:aws:iam::444455556666:role/Trailwarden-LogReader"
    told = {"READER_ROLE_ARN": reader, "READER_EXTERNAL_ID": "secret"}
    settings = Settings.from_environ({**environ, **told})
    assert (settings.reader_role_arn, settings.reader_external_id) == (reader, "secret")


def test_is_written_under_the_names_of_its_fields() -> None:
    environ = SETTINGS.to_environ()
    assert environ["STATE_TABLE_NAME"] == "state"
    assert environ["LOG_BUCKETS"] == "logs,more-logs"


def test_an_empty_list_stays_empty() -> None:
    assert Settings.from_environ(SETTINGS.to_environ()).operations_emails == ()


def test_the_topics_of_other_regions_are_where_the_forwarding_stacks_make_them() -> None:
    assert SETTINGS.forwarding_topic_arns == {
        "us-east-1": "arn:aws:sns:us-east-1:111122223333:Trailwarden-Forwarding-Operations"
    }


def test_all_regions_and_many_addresses_fit_into_an_environment() -> None:
    emails = tuple(f"somebody-{n}@department.example.com" for n in range(10))
    regions = tuple(f"ap-southeast-{n}" for n in range(40))
    addressees = [f"mail{n:08}" for n in range(MOST_PLACES - len(names()))]
    long = replace(
        SETTINGS,
        alert_emails=emails,
        operations_emails=emails,
        forward_regions=regions,
        outputs=tuple(f"{name}={ARN}" for name in (*names(), *addressees)),
        routes="x" * MAX_TEXT,
    )
    assert sum(len(name) + len(value) for name, value in long.to_environ().items()) < 4096


def test_names_what_is_missing() -> None:
    environ = SETTINGS.to_environ()
    del environ["PEOPLE_TOPIC_ARN"]
    with pytest.raises(MissingSettingError, match="PEOPLE_TOPIC_ARN is not set"):
        Settings.from_environ(environ)


def test_the_stack_knows_the_secrets_of_its_outputs_by_every_name() -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:trailwarden/slack-AbCdEf"
    told = replace(SETTINGS, outputs=(f"slack={arn}",)).resources
    assert {arn, arn.removesuffix("-AbCdEf"), "trailwarden/slack"} <= {*told}


def test_the_stack_knows_its_resources() -> None:
    resources = SETTINGS.resources
    assert {SETTINGS.stack_name, SETTINGS.state_table_name, *SETTINGS.log_buckets} <= {*resources}
    assert "" not in resources
    detect = Environment(pipeline_resources=resources).is_pipeline_resource
    assert detect(f"{SETTINGS.stack_name}-Detect0C0DE-1x2y3z".upper())
    assert not detect(f"{SETTINGS.stack_name}ish")
