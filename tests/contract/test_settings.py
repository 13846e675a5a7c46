import pytest

from trailwarden.contract.settings import MissingSettingError, Settings

SETTINGS = Settings(
    stack_name="Trailwarden",
    home_region="eu-central-1",
    state_table_name="state",
    people_topic_arn="arn:aws:sns:eu-central-1:111122223333:people",
    machines_topic_arn="arn:aws:sns:eu-central-1:111122223333:machines",
    operations_topic_arn="arn:aws:sns:eu-central-1:111122223333:operations",
    log_buckets=("logs", "more-logs"),
    log_bucket_owner="111122223333",
    trail_arn="",
)


def test_reads_what_the_stack_wrote() -> None:
    assert Settings.from_environ(SETTINGS.to_environ()) == SETTINGS


def test_is_written_under_the_names_of_its_fields() -> None:
    environ = SETTINGS.to_environ()
    assert environ["STATE_TABLE_NAME"] == "state"
    assert environ["LOG_BUCKETS"] == "logs,more-logs"


def test_names_what_is_missing() -> None:
    environ = SETTINGS.to_environ()
    del environ["PEOPLE_TOPIC_ARN"]
    with pytest.raises(MissingSettingError, match="PEOPLE_TOPIC_ARN is not set"):
        Settings.from_environ(environ)
