import re
from typing import Any

import pytest

from infra.checks import ConfigError
from infra.config import Config
from infra.functions.bundle import ROOT
from tests.infra.templates import context
from trailwarden.contract import permissions

ENOUGH = {"alert_emails": ["security@example.com"]}
KEY = "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = "arn:aws:sns:eu-central-1:444455556666:new-log-files"
TRAIL = "arn:aws:cloudtrail:eu-central-1:444455556666:trail/organization"
ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_bucket_owner": "444455556666",
    "adopted_key_arn": KEY,
    "adopted_topic_arn": TOPIC,
    "adopted_trail_arn": TRAIL,
}


ORGANIZATION = {"organization_id": "o-a1b2c3d4e5", "management_account": "111122223333"}
MEMBERS = {**ORGANIZATION, "member_organizational_units": ["ou-ab12-12345678"]}
HOME = "111122223333"
OWNER = "444455556666"
HOOK = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:trailwarden/slack-AbCdEf"
SECOND = f"arn:aws:sns:eu-central-1:{OWNER}:second"
ARCHIVE = {
    "adopted_bucket": "company-logs",
    "adopted_bucket_owner": "444455556666",
    "home_account": HOME,
    "log_archive_region": "eu-north-1",
}
READER = "arn:aws:iam::444455556666:role/security/log-reader"


def read(**choices: Any) -> Config:
    return Config.from_context({**ENOUGH, **choices}, account=HOME, region="eu-central-1")


def test_mails_are_all_that_has_to_be_chosen() -> None:
    assert read().alert_emails == ("security@example.com",)


def test_the_choices_of_cdk_json_are_the_defaults() -> None:
    assert read(**{**context(), **ENOUGH}) == read()


def test_every_choice_is_in_cdk_json_and_in_its_documentation() -> None:
    documented = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    choices = set(Config.__dataclass_fields__)
    assert choices == {name for name in context() if not re.search("[:@/]", name)}
    assert choices <= set(re.findall(r"^\| `(\w+)`", documented, re.MULTILINE))


def test_reads_the_command_line() -> None:
    chosen = read(alert_emails="a@example.com,b@example.com", insights="false", log_file_days="400")
    assert chosen.alert_emails == ("a@example.com", "b@example.com")
    assert chosen.insights is False
    assert chosen.log_file_days == 400


def test_reads_tags_and_keys_of_the_command_line() -> None:
    chosen = read(tags="CostCenter=42, Team=security", customer_key="true")
    assert chosen.tags == {"CostCenter": "42", "Team": "security"}
    assert chosen.customer_key is True
    assert read(customer_key=KEY, forward_regions=[]).customer_key == KEY


def test_is_at_home_where_the_credentials_are() -> None:
    assert read().home_region == "eu-central-1"
    assert read(home_region="eu-north-1").home_region == "eu-north-1"


def test_operators_are_those_who_get_alerts_unless_others_are_named() -> None:
    assert read().operators == ("security@example.com",)
    assert read(operations_emails=["ops@example.com"]).operators == ("ops@example.com",)


def test_adopts_a_bucket_of_another_account() -> None:
    assert read(**ADOPTED).adopted_bucket == "company-logs"


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (
            {"outputs": ["jsn"]},
            "outputs: 'jsn' is no output: use amazonq or asff or eventbridge or json",
        ),
        ({"outputs": ["json", "json"]}, "outputs names an output twice"),
        ({"outputs": ["securitylake"]}, "set lake_location to the place of the source"),
        ({"outputs": ["securitylake"], "lake_location": "lake"}, "set lake_location to an address"),
        ({"lake_location": "s3://lake/"}, "lake_location is for the output securitylake"),
        (
            {"outputs": ["securitylake"], "lake_location": "s3://lake/", "lake_external_id": "xy"},
            "lake_external_id is for a role",
        ),
        ({"outputs": ["slack"]}, "set output_secrets to the whole ARN of the secret of slack"),
        ({"outputs": ["slack"], "output_secrets": {"slack": "hook"}}, "the secret of slack"),
        ({"output_secrets": {"slack": HOOK}}, "output_secrets names slack, which is no webhook"),
        (
            {"routes": [{"addresses": ["SOC@example.com"]}], "alert_emails": ["soc@example.com"]},
            "routes names SOC@example.com, which gets every alert",
        ),
        (
            {"routes": [{"addresses": [f"p{n}@example.com" for n in range(13)]}]},
            "outputs and the addresses of routes are more than 13",
        ),
        ({"routes": "pages"}, "set routes to a list of objects"),
        ({"routes": [{"outputs": ["slack"]}]}, "routes: route 1 names 'slack', which is not in"),
        ({"routes": '[{"outputs": ["json"], "rule": 1}]'}, "routes: route 1 has 'rule'"),
        ({"alert_emails": []}, "set alert_emails"),
        ({"alert_emails": ["nobody"]}, "'nobody', which is no e-mail"),
        ({"alert_emails": 5}, "set alert_emails to a list of texts"),
        ({"alert_email": "a@example.com"}, "did you mean alert_emails"),
        ({"colour": "blue"}, r"not a choice; docs/configuration\.md"),
        ({"stack_name": "1"}, "set stack_name"),
        ({"home_region": "Frankfurt"}, "set home_region to a Region"),
        ({"forward_regions": ["eu-central-1"]}, "it is the home Region"),
        ({"forward_regions": ["eu-north-1", "eu-north-1"]}, "names a Region twice"),
        ({"forward_regions": ["everywhere"]}, "which is no Region"),
        ({"second_topic_arn": "ours"}, "set second_topic_arn to the ARN of an SNS topic"),
        ({"second_topic_arn": SECOND.replace("central", "north")}, "make one in eu-central-1"),
        ({"second_topic_arn": SECOND.replace("arn:aws", "arn:aws-cn")}, "make one in eu-central-1"),
        ({"second_topic_arn": SECOND, "home_account": OWNER}, "make one in another account"),
        ({"insights": "maybe"}, "set insights to true or false"),
        ({"log_file_days": "long"}, "set log_file_days to a whole number"),
        ({"log_file_days": 7}, "set log_file_days to 180 or more"),
        ({"data_events": ["s3", "dynamodb"]}, "not dynamodb"),
        ({"object_lock": "strict"}, "set object_lock to one of"),
        ({"object_lock": "governance", "object_lock_days": 5000}, "set object_lock_days"),
        ({"organization_id": "ours"}, "set organization_id"),
        ({"management_account": "111122223333"}, "set organization_id"),
        ({"organization_id": "o-a1b2c3d4e5"}, "set management_account"),
        ({**ORGANIZATION, "management_account": "999988887777"}, "cannot be made from account"),
        ({"member_organizational_units": ["ou-ab12-12345678"]}, "set organization_id"),
        ({**MEMBERS, "member_organizational_units": ["Workloads"]}, "no id of an organizational"),
        ({**ORGANIZATION, "member_regions": ["eu-north-1"]}, "set member_organizational_units"),
        ({**MEMBERS, "member_regions": ["cn-north-1"]}, "no Region of aws,"),
        ({**MEMBERS, "member_regions": ["eu-north-1", "eu-north-1"]}, "names a Region twice"),
        ({**ARCHIVE, "home_account": ""}, "set home_account"),
        ({**ARCHIVE, "adopted_bucket_owner": ""}, "set its adopted_bucket_owner"),
        ({**ARCHIVE, "adopted_bucket_owner": HOME}, "are the same account"),
        ({**ARCHIVE, "log_archive_region": "cn-north-1"}, "no Region of aws,"),
        ({**ARCHIVE, "adopted_reader_role_arn": READER}, "take one of the two out"),
        ({**ADOPTED, "adopted_reader_role_arn": "log-reader"}, "set adopted_reader_role_arn"),
        ({**ADOPTED, "adopted_reader_external_id": "secret"}, "set adopted_reader_role_arn"),
        ({"adopted_reader_role_arn": READER}, "without adopted_bucket"),
        ({"home_account": "home"}, "set home_account to the twelve digits"),
        ({"lambda_runtime": "python2.7"}, "set lambda_runtime to one of"),
        ({"lambda_architecture": "mips"}, "set lambda_architecture to one of"),
        ({"detect_concurrency": 1}, "from 2 to 1000"),
        ({"dispatch_concurrency": 5}, "set dispatch_concurrency to 1"),
        ({"function_log_days": 42}, "set function_log_days to one of"),
        ({"function_log_level": "LOUD"}, "set function_log_level to one of"),
        ({"customer_key": "mine"}, "set customer_key to true, or the ARN of a key"),
        ({"customer_key": KEY.replace("central", "north")}, "eu-central-1 needs one too"),
        ({"customer_key": KEY, "forward_regions": ["us-east-1"]}, "us-east-1 needs one too"),
        ({"customer_key": 5}, "set customer_key to text"),
        ({"subnet_ids": ["subnet-0a1b2c3d"]}, "set both, or neither"),
        ({"security_group_ids": ["sg-0a1b2c3d"]}, "set both, or neither"),
        ({"subnet_ids": ["10.0.0.0/24"]}, "which is no id of a subnet"),
        ({"security_group_ids": ["default"]}, "which is no id of a security group"),
        ({"permissions_boundary": "boundary"}, "set permissions_boundary to the ARN"),
        ({"tags": ["CostCenter"]}, "set tags to texts by their names"),
        ({"tags": {"CostCenter": 42}}, "set tags to texts by their names"),
        ({"tags": {"aws:owner": "us"}}, "'aws:owner', which is no name of a tag"),
        ({"tags": {"Purpose": "x" * 257}}, "more than 256 characters"),
        ({"tracing": "sometimes"}, "set tracing to true or false"),
        ({"adopted_trail_arn": TRAIL}, "without adopted_bucket"),
        ({"adopted_bucket_owner": "444455556666"}, "without adopted_bucket"),
        ({"adopted_bucket": "Company Logs"}, "set adopted_bucket to the name"),
        ({**ADOPTED, "data_events": ["s3"]}, "take one of the two out"),
        ({**ADOPTED, "object_lock": "governance"}, "take one of the two out"),
        ({**ADOPTED, "adopted_prefix": "/logs"}, "without a slash"),
        ({**ADOPTED, "insights": True}, "take one of the two out"),
        ({**ADOPTED, "adopted_prefix": "org/AWSLogs/"}, "end adopted_prefix before AWSLogs"),
        ({**ADOPTED, "adopted_bucket": "a..b"}, "set adopted_bucket to the name"),
        ({"alert_emails": ["mailto:ann@example.com"]}, "which is no e-mail address"),
        ({"alert_emails": ["Ann <ann@example.com>"]}, "which is no e-mail address"),
        ({**ADOPTED, "adopted_prefix": "logs*"}, "give the trail a prefix without them"),
        ({**ADOPTED, "adopted_topic_arn": ""}, "set adopted_topic_arn"),
    ],
)
def test_refuses_nonsense_with_a_sentence(choices: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(**choices)


@pytest.mark.parametrize(
    ("home", "forwarded"),
    [
        ("eu-central-1", ("us-east-1",)),
        ("us-east-1", ()),
        ("us-gov-east-1", ("us-gov-west-1",)),
        ("cn-north-1", ("cn-northwest-1",)),
        ("eusc-de-east-1", ()),
    ],
)
def test_global_services_are_heard_wherever_home_is(home: str, forwarded: tuple[str, ...]) -> None:
    assert read(home_region=home).forward_regions == forwarded


def test_forwards_nothing_when_it_is_told_to() -> None:
    assert read(forward_regions=[]).forward_regions == ()
    assert read(forward_regions="").forward_regions == ()


def test_a_region_is_forwarded_once_however_it_is_named() -> None:
    chosen = read(forward_regions="global,us-east-1,eu-north-1")
    assert chosen.forward_regions == ("us-east-1", "eu-north-1")


def test_members_are_heard_at_home_and_where_global_services_are() -> None:
    assert read(**MEMBERS).heard_regions == ("eu-central-1", "us-east-1")
    assert read(**MEMBERS, member_regions="eu-north-1").heard_regions == ("eu-north-1",)


def test_an_organizations_trail_is_made_in_its_management_account() -> None:
    assert read(**ORGANIZATION).organization_id == "o-a1b2c3d4e5"


def test_an_adopted_trails_organization_may_be_managed_elsewhere() -> None:
    elsewhere = {**MEMBERS, "management_account": "999988887777"}
    assert read(**elsewhere, adopted_bucket="company-logs").has_management_elsewhere
    assert not read(**MEMBERS).has_management_elsewhere


def test_the_log_archives_stack_makes_the_role_that_the_detector_reads_as() -> None:
    chosen = read(**ARCHIVE)
    assert chosen.reader_role_arn == "arn:aws:iam::444455556666:role/Trailwarden-LogReader"
    assert chosen.reader_external_id == "Trailwarden"
    assert chosen.files_come_over_the_bus
    assert not read(**ARCHIVE, adopted_topic_arn=TOPIC).files_come_over_the_bus


def test_a_role_that_is_there_already_can_be_read_as() -> None:
    chosen = read(**ADOPTED, adopted_reader_role_arn=READER, adopted_reader_external_id="secret")
    assert chosen.reader_role_arn == READER
    assert chosen.reader_external_id == "secret"


def test_the_accounts_of_a_members_template_have_to_be_known() -> None:
    with pytest.raises(ConfigError, match="set home_account"):
        Config.from_context({**ENOUGH, **MEMBERS}, region="eu-central-1")


def test_asks_for_a_region_when_nothing_tells_one() -> None:
    with pytest.raises(ConfigError, match="set home_region"):
        Config.from_context(ENOUGH)


ENDPOINTS = {"cloudwatch": "monitoring"}
"""Services whose endpoint has another name than their actions."""

CALLED = {"detect": "the detector", "dispatch": "the dispatcher", "sweep": "the sweeper"}


def test_the_page_names_the_endpoint_of_each_service_that_a_function_calls() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = page.partition("| Endpoint | Kind |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    needed = {
        (ENDPOINTS.get(service, service), name)
        for name in CALLED
        for actions in permissions.FUNCTIONS[name].values()
        for service in (action.partition(":")[0] for action in actions)
    } | {("organizations", "sweep")}
    missing = [
        (endpoint, name)
        for endpoint, name in sorted(needed)
        if not any(
            f"`{endpoint}`" in row and (CALLED[name] in row or "all three" in row) for row in rows
        )
    ]
    assert missing == []
