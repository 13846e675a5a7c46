"""Recovery point deleted.

AWS Backup removes old recovery points by itself. An attacker removes them by hand, so that nothing
can be restored.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

SHORT = 7
TITLES = {
    "DisassociateRecoveryPoint": "Recovery point detached",
    "DisassociateRecoveryPointFromParent": "Recovery point detached",
    "UpdateRecoveryPointLifecycle": "Recovery point set to expire within days",
}


def detect(event: Event) -> Match | None:
    if event.name == "UpdateRecoveryPointLifecycle" and not expires_soon(event):
        return None
    point, vault = event.request("recoveryPointArn"), event.request("backupVaultName")
    title = TITLES.get(event.name, "")
    return Match(f"{event.name} {point} in {vault}", subject=point, title=title)


def expires_soon(event: Event) -> bool:
    days = event.get("requestParameters.lifecycle.deleteAfterDays")
    return isinstance(days, int | float) and 0 <= days <= SHORT


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
    attempt = refused("backup:DeleteRecoveryPoint")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
