"""Every severe rule tells refused attempts, or says here why it does not."""

from collections.abc import Mapping
from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.rules.actor.severe_acts_attempted import RULE as ATTEMPTS
from trailwarden.rules.privilege_escalation.access_change_refused import RULE as CHANGES
from trailwarden.services.severe_acts import SEVERE_ACTS

_UNSAID = "IAM records no parameters of what it refuses, so that only the act can be counted"

NOT_TOLD: Mapping[str, str] = {
    "iam.access_key_reactivated": _UNSAID,
    "iam.administrator_access_granted": _UNSAID,
    "iam.bedrock_key_user_empowered": _UNSAID,
    "iam.mfa_registered_outside_console": "a thief of a key is refused this like anybody else",
    "iam.privileged_policy_attached": _UNSAID,
    "iam.quarantine_policy_attached": "AWS attaches it, and the refusal of others is no news",
    "iam.restriction_removed": _UNSAID,
    "iam.role_trusts_any_token": _UNSAID,
    "iam.role_trusts_outsiders": _UNSAID,
    "iam.root_credential_created": "root is refused nothing in its own account",
    "iam.user_made_administrator_by_pipeline": _UNSAID,
    "privilege_escalation.admin_role_passed": "credential_access.pass_role_refused tells it",
    "root.console_login": "root.console_login_failures counts them",
    "sso.access_assigned": "privilege_escalation.access_change_refused tells it",
    "sts.break_glass_role_used": "nobody was let in, and sts.roles_tried counts who tries",
    "s3.anonymous_access": "scanners of the internet are refused all day",
}
"""Reasons by rule."""

ADDS_UP = "what adds up counts what happened; single refusals have rules of their own"
RULES: list[ModuleType] = list(catalog.shipped())


def is_severe(module: ModuleType) -> bool:
    rule: Rule = module.RULE
    worst = max([rule.severity, *(e.severity or rule.severity for e in module.examples())])
    tells = rule.mode is Mode.ALERT and rule.events and not rule.correlation
    return bool(tells and worst >= Severity.HIGH)


def test_every_severe_rule_tells_refused_attempts_or_says_why_not() -> None:
    silent = {
        m.RULE.id for m in RULES if is_severe(m) and Outcome.REFUSED not in m.RULE.outcome.kinds
    }
    assert silent == NOT_TOLD.keys()


def test_a_refused_attempt_is_less_bad_than_what_succeeds() -> None:
    equal = [m.RULE.id for m in RULES if is_severe(m) and is_as_bad(m.RULE)]
    assert not [rule_id for rule_id in equal if rule_id.partition(".")[0] in CHANGING]


CHANGING = frozenset({"backup", "dynamodb", "kms", "logs", "rds", "s3", "secretsmanager", "sqs"})
"""The folders of the stores of data, where an attempt has changed nothing."""


def is_as_bad(rule: Rule) -> bool:
    return Outcome.REFUSED in rule.outcome.kinds and rule.outcome.refused is None


@pytest.mark.parametrize("action", SEVERE_ACTS)
def test_a_severe_act_is_one_that_some_rule_tells(action: str) -> None:
    told = {event for m in RULES if m.RULE is not ATTEMPTS for event in m.RULE.events}
    assert action in told or f"{action.partition(':')[0]}:*" in told


def test_each_change_of_access_is_a_severe_act() -> None:
    assert {*CHANGES.events} <= {*SEVERE_ACTS}


@pytest.mark.parametrize("code", ["TrailNotFoundException", "NoSuchEntity", "AccessDenied"])
def test_what_is_refused_or_not_there_is_an_attempt(code: str) -> None:
    record = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"}
    assert ATTEMPTS.observe(Event({**record, "errorCode": code}))
    assert not ATTEMPTS.observe(Event({**record, "errorCode": "ThrottlingException"}))
