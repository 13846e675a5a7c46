"""docs/coverage.csv: what a CloudTrail detection set should find, and the rules that find it."""

import csv
from collections import Counter
from pathlib import Path

import trailwarden
from trailwarden import catalog
from trailwarden.detection.rule import Mode

FILE = Path(trailwarden.__file__).parents[2] / "docs" / "coverage.csv"
RULES = {module.RULE.id: module.RULE for module in catalog.shipped()}
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))

NEEDS_GEOLOCATION = {"console-impossible-travel"}

BEYOND = {
    "workmail.mailboxes_impersonated_by_new_principal": "the rows know data of S3, and no mail",
    "signin.console_access_changed": "the rows know sign-ins, and not what limits them",
    "actor.severe_acts_attempted": "the rows know acts that succeed, and refusals of any kind",
    "actor.severe_acts_refused": "the rows know acts that succeed, and refusals of any kind",
    "privilege_escalation.access_change_refused": "the rows know acts that succeed",
    "organizations.administration_delegated": "the rows know the services of security",
    "signin.codes_requested_repeatedly": "the rows know wrong codes, and not the asking",
    "signin.passwords_guessed_slowly": "the rows count within minutes",
    "signin.passwords_sprayed_slowly": "the rows count within minutes",
    "bedrock.bearer_token_by_new_actor": "the rows know users with keys, and no tokens",
    "signin.hosted_program_allowed": "the rows know no consent to a program",
    "sso.application_entered_accounts": "the rows know tokens of people, and none of applications",
    "sso.application_given_accounts": "the rows know permission sets, and no scopes",
    "sso.device_code_first_used": "the rows know new networks, and no new ways",
    "sso.roles_fetched_in_bulk": "the rows know device codes, and not the use of their tokens",
    "sso.token_on_two_networks": "the rows know device codes, and not the use of their tokens",
    "signin.portal_new_device": "the rows know the console, and not the portal",
    "controltower.control_removed": "the rows know services, and not what controls them",
    "persistence.sessions_lengthened": "the rows know keys and trust, and not how long they last",
    "sns.sms_limit_raised": "the rows know the questions about the limit, and not its raise",
    "secretsmanager.rotation_cancelled": "the rows know how secrets are read, not how they last",
    "sns.security_notice_removed": "the rows know alarms and rules, and not their topics",
    "kms.rotation_disabled": "the rows know the loss of a key, not its rotation",
    "route53resolver.queries_forwarded_outside": "the rows know zones and records, not resolvers",
    "impact.capacity_raised": "the rows know EC2, and not the capacity of other services",
    "cloudwatch.alarm_blunted": "the rows know alarms that are deleted or disabled",
    "impact.jobs_started_in_series": "the rows know EC2, and no tasks, jobs and builds",
    "billing.commitment_bought": "the rows know the products of the marketplace",
    "guardduty.agent_removed": "the rows know the detector, and not its agents",
    "impact.services_stopped_together": "the rows know deletions, and not sizes of zero",
    "impact.compute_new_to_account": "the rows name services; that one is about all others",
    "iam.policy_completes_escalation": "the rows know one policy at a time",
    "impact.phone_service_new_to_account": "the rows count messages, of any service",
    "signin.role_switched_from_unknown_account": "the rows know only the call of STS",
    "sso.mfa_device_registered_for_other": "the rows know the devices of IAM",
    "cognito_idp.users_read_in_bulk": "the rows know stores of the account, not its customers",
    "cognito_identity.guests_admitted": "the rows know the guests, and not the opening",
    "cognito_identity.guests_admitted_then_came": "the rows know the guests, and not the opening",
    "credential_access.secrets_read_by_new_reader": "the rows count more secrets, of any reader",
    "s3.object_reencrypted_in_place": "the rows count more objects, of any source",
    "sts.role_chain_closed": "the rows know one step of a chain",
    "bedrock.api_key_created_then_used": "the rows know the two halves alone",
    "cloudformation.stack_set_sent_to_organization": "the rows know stacks, and not their targets",
    "iam.provider_created_then_used": "the rows know the two halves alone",
    "rolesanywhere.anchor_created_then_used": "the rows know that a door is made, not its use",
    "sts.central_root_enabled_then_used": "the rows know its use, and not that it is enabled",
    "root.guessed_in_many_accounts": "the rows count the failures of one account",
    "signin.token_redeemed_elsewhere": "the rows know no sign-in that two machines take part in",
    "actor.new_builder": "it tells together what the rules of other rows find",
    "cloudcontrolapi.sensitive_resource_changed": "the rows know only the services' own calls",
    "trailwarden.canary_heard": "the pipeline asks for it, and tells nobody",
    "trailwarden.digest_broken": "the pipeline finds it, as no event shows it",
    "trailwarden.log_file_tampered": "the pipeline finds it, as no event shows it",
    "trailwarden.log_file_flooded": "the pipeline finds it, as no event shows it",
    "trailwarden.log_file_unreadable": "the pipeline finds it, as no event shows it",
    "ec2.odd_port_opened": "the rows name ports that are known; that one is about all others",
    "ec2.prefix_list_opened": "the rows know security groups, and not the lists that they name",
    "iam.exempt_role_changed": "it watches what this environment's own rules leave alone",
    "impact.locked_by_policy": "the rows know ransom by keys, and not by policies",
    "iam.known_restriction_removed": "the rows know restrictions by their names alone",
    "iam.policy_reaches_powerful_role": "the rows know what a policy allows, not on which role",
    "iam.powerful_customer_policy_attached": "the rows know policies of AWS alone",
    "iam.user_added_to_powerful_group": "the rows know groups by their names alone",
    "privilege_escalation.workflow_changes_access": "the rows know the caller's own calls",
    "impact.large_data_store_made": "the rows know EC2, and not the capacity of other services",
    "ds.user_changed_by_hand": "the rows know the users of Identity Center",
    "sso.access_taken_away": "the rows know users of IAM who are locked out",
    "sts.root_session_used": "the rows know the call in the management account alone",
    "sts.token_of_new_owner": "the rows know what a trust policy says, and not who comes",
    "organizations.lockout_attached": "the rows know ransom by keys, and not by policies",
    "credential_access.encryption_in_transit_off": "the rows know no connections",
    "privilege_escalation.powerful_profile_given": "the rows know profiles by their names alone",
    "privilege_escalation.powerful_role_passed": "the rows know roles by their names alone",
    "actor.deploy_role_new_duty": "it watches what this environment's own rules leave alone",
    "s3.objects_written_outside": "the rows know copies from bucket to bucket",
    "iam.deleted_key_used": "the rows know the two halves alone",
    "sts.exempt_role_used_elsewhere": "it watches what this environment's own rules leave alone",
    "sts.role_trusted_then_assumed": "the two halves are rows; that one follows the other is none",
}
"""The rules that are for no row, and why there are such."""


def named(row: dict[str, str]) -> list[str]:
    return [rule_id for rule_id in row["rules"].split("|") if rule_id]


def modes(row: dict[str, str]) -> set[Mode]:
    return {RULES[rule_id].mode for rule_id in named(row)}


def rows(default_mode: str) -> list[dict[str, str]]:
    return [row for row in ROWS if row["default_mode"] == default_mode]


def test_every_row_is_there_once() -> None:
    assert len({row["row"] for row in ROWS}) == len(ROWS)
    assert Counter(row["default_mode"] for row in ROWS) == {"on": 391, "hunting": 115, "off": 35}


def test_every_rule_that_is_named_exists() -> None:
    assert {rule_id for row in ROWS for rule_id in named(row)} <= RULES.keys()


def test_what_should_be_on_alerts_or_says_why_it_cannot() -> None:
    silent = {row["row"]: row["note"] for row in rows("on") if Mode.ALERT not in modes(row)}
    assert silent.keys() == NEEDS_GEOLOCATION
    assert all("location" in note for note in silent.values())


def test_what_should_be_hunted_for_is() -> None:
    hunted = {Mode.ALERT, Mode.HUNT}
    assert [row["row"] for row in rows("hunting") if not modes(row) & hunted] == []


def in_pack(row: dict[str, str]) -> bool:
    return any(rule_id.startswith("cis_monitoring.") for rule_id in named(row))


def test_what_is_optional_is_in_the_pack_or_says_why_it_cannot() -> None:
    missing = [row for row in rows("off") if not in_pack(row)]
    assert [row["row"] for row in missing if not row["note"].startswith("It needs ")] == []


def test_notes_are_sentences() -> None:
    notes = [row["note"] for row in ROWS if row["note"]]
    assert not [note for note in notes if not note[0].isupper() or not note.endswith(".")]


def test_every_rule_is_for_a_row_or_has_a_reason() -> None:
    assert RULES.keys() - {rule_id for row in ROWS for rule_id in named(row)} == BEYOND.keys()
