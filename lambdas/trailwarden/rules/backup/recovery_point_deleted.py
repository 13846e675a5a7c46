"""Recovery point deleted.

AWS Backup removes old recovery points by itself. An attacker removes them by hand, so that nothing
can be restored.
"""

from trailwarden import AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request, service_linked_role
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, alerts, silent

SHORT = 7
DAY_BEFORE = "2025-06-01T12:00:00Z"
TITLES = {
    "DisassociateRecoveryPoint": "Recovery point detached",
    "DisassociateRecoveryPointFromParent": "Recovery point detached",
    "UpdateRecoveryPointLifecycle": "Recovery point set to expire within days",
}


def detect(event: Event) -> Match | None:
    point, vault = event.request("recoveryPointArn"), event.request("backupVaultName")
    title = TITLES.get(event.name, "")
    if event.name == "UpdateRecoveryPointLifecycle" and event.outcome is not Outcome.REFUSED:
        days = event.get("requestParameters.lifecycle.deleteAfterDays")
        if not isinstance(days, int | float) or isinstance(days, bool):
            return None
        label = state(kept_for_more_than_a_week=not 0 <= days <= SHORT)
        return Match(label, subject=point, title=title)
    return Match(f"{event.name} {point} in {vault}", subject=point, title=title)


def by_point(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{event.request('recoveryPointArn')}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteRecoveryPoint",
        "backup:DisassociateRecoveryPoint",
        "backup:DisassociateRecoveryPointFromParent",
        "backup:UpdateRecoveryPointLifecycle",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Revoke the caller's sessions and keys unless they can explain it. Lock the vault and "
    "count the remaining recovery points. Make a new backup of important data at once.",
    false_positives="An administrator cleans up by hand before the deletion of a vault.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_point, unknown=Severity.CRITICAL),
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/deleting-backups.html"],
)


def examples() -> Examples:
    arn = f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:1EB3B5E7"
    point: Fields = {"backupVaultName": "vault", "recoveryPointArn": arn}
    yield alerts("deleted", request("backup:DeleteRecoveryPoint", **point), subject=arn)
    update = "backup:UpdateRecoveryPointLifecycle"
    for days, story in ((0, alerts), (7, alerts), (8, silent), (-1, silent)):
        change = request(update, **point, lifecycle={"deleteAfterDays": days})
        yield story(f"expires after {days} days", change)
    year, soon, again = (
        request(update, day=n, **point, lifecycle={"deleteAfterDays": days})
        for n, days in enumerate((365, 1, 2))
    )
    yield alerts("days in place of a year", year, soon, severity=Severity.HIGH, subject=arn)
    by_aws = {**soon, "userIdentity": service_linked_role("AWSServiceRoleForBackup", "backup")}
    yield silent("days, as before", by_aws, again)
    yield alerts("a year between", {**by_aws, "eventTime": DAY_BEFORE}, year, again)
    other = {**by_aws, "awsRegion": "eu-west-1"}
    yield alerts("of another Region", other, again)
    late = request(update, day=402, **point, lifecycle={"deleteAfterDays": 2})
    yield alerts("known too long ago", by_aws, late)
    yield silent("known for long", by_aws, {**late, "eventTime": "2026-07-08T12:00:00Z"})
    yield silent("nothing said", request(update, **point, lifecycle={"deleteAfterDays": "soon"}))
    attempt = refused("backup:DeleteRecoveryPoint")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
