"""What the rules make of the project's own recorded stories."""

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode
from trailwarden.environment import Environment
from trailwarden.scenario import attack, benign

RULES = [rule for rule in catalog.load().rules if rule.mode is not Mode.OFF]
STEPS = {
    "looks around": attack.looking_around,
    "makes an administrator": attack.making_an_administrator,
    "hides": attack.hiding,
    "takes": attack.taking,
    "mines": attack.mining,
}
ALONE = {
    "iam:AttachUserPolicy": "iam.administrator_access_granted",
    "iam:CreateAccessKey": "iam.access_key_created_for_other_user",
    "iam:CreateLoginProfile": "iam.password_set_for_other_user",
    "iam:UpdateAssumeRolePolicy": "iam.role_trusts_outsiders",
    "cloudtrail:StopLogging": "cloudtrail.logging_stopped",
    "guardduty:DeleteDetector": "guardduty.detector_disabled",
    "config:StopConfigurationRecorder": "config.recorder_stopped",
    "ec2:DeleteFlowLogs": "ec2.flow_logs_deleted",
    "rds:ModifyDBSnapshotAttribute": "rds.snapshot_shared",
    "ec2:ModifySnapshotAttribute": "ec2.snapshot_or_image_shared",
    "s3:PutBucketPolicy": "s3.bucket_policy_opened",
    "ec2:AuthorizeSecurityGroupIngress": "ec2.security_group_opened",
}


def alerting(records: list[Event]) -> list[Finding]:
    outcomes = [o for o in Engine(RULES).evaluate(records) if isinstance(o, Finding)]
    return [finding for finding in outcomes if finding.rule.mode is Mode.ALERT]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_the_attack_is_told(step: str) -> None:
    assert alerting([Event(record) for record in STEPS[step]()])


@pytest.mark.parametrize("action", ALONE)
def test_what_one_record_shows_is_told_of_it_alone(action: str) -> None:
    events = [Event(record) for record in attack.attack()]
    rules = {f.rule.id for f in alerting([event for event in events if event.action == action])}
    assert ALONE[action] in rules


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in (2, 3))]
)
def test_a_harmless_day_is_quiet(seed: int) -> None:
    environment = Environment(deploy_roles=benign.DEPLOY_ROLES)
    events = [Event(record, environment) for record in benign.day(6000, seed=seed)]
    assert len({finding.alert_id for finding in alerting(events)}) <= len(events) / 2000
