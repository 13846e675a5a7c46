"""Encryption of new EBS volumes turned off.

New volumes and snapshots are then written in the clear, unless the request says otherwise. An
unencrypted snapshot is easy to share with another account.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request, service_linked_role
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, alerts, silent

SET = "Encryption of new EBS volumes set to off"
AWS = service_linked_role("AWSServiceRoleForOrganizations", "organizations")


def detect(event: Event) -> Match:
    is_on = event.name.startswith("Enable")
    return Match(state(encryption_by_default=is_on), subject=event.aws_region)


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DisableEbsEncryptionByDefault", "ec2:EnableEbsEncryptionByDefault"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1565.001"], Tactic.DEFENSE_EVASION: ["T1562"]},
    response="Turn the encryption by default on again in that Region. Ask the caller why they "
    "turned it off. Look for volumes and snapshots that are younger than the change.",
    false_positives="A test of encryption settings. No workload needs it off.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_region, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=["https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html"],
)


def examples() -> Examples:
    action = "ec2:DisableEbsEncryptionByDefault"
    empty: Fields = {f"{action[4:]}Request": ""}
    yield alerts("a user", request(action, **empty), severity=Severity.HIGH, subject="us-east-1")
    yield alerts("a refused request", refused(action, **empty), severity=Severity.MEDIUM)
    dry_run = {"errorCode": "Client.DryRunOperation"}
    yield silent("a dry run", request(action, fields=dry_run, **empty))
    first, again = (request(action, by, day=day) for by, day in ((AWS, 0), (None, 2)))
    on = request("ec2:EnableEbsEncryptionByDefault", day=1)
    yield silent("off, as before", first, again)
    yield alerts("on between", first, on, again, severity=Severity.HIGH)
    yield silent("turned on", on)
    yield alerts("in another Region", {**first, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", first, request(action, day=401))
    yield silent("known for long", first, request(action, day=400))
