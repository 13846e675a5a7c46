"""Backup plan changed.

Nobody misses a backup until the day of a restore. An attacker can weaken the plan weeks before the
attack.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, refused, request

NAMES = ("backupPlanId", "frameworkName", "backupJobId")
TITLES = {
    "DeleteBackupPlan": "Backup plan deleted",
    "DeleteBackupSelection": "Resources taken out of a backup plan",
    "DeleteFramework": "Backup audit framework deleted",
    "StopBackupJob": "Running backup stopped",
}


def detect(event: Event) -> Match:
    name = next(filter(None, map(event.request, NAMES)), "")
    label = f"{event.name} {name} {event.request('selectionId')}".strip()
    return Match(label, subject=name, title=TITLES.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupSelection",
        "backup:DeleteFramework",
        "backup:StopBackupJob",
        "backup:UpdateBackupPlan",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Compare the plan with its infrastructure code and put it back. Ask the caller. Check "
    "that the vaults still hold the expected recovery points.",
    false_positives="An administrator changes a plan in the console.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html"],
)


def examples() -> Iterator[Example]:
    plan: Fields = {"backupPlanId": "1234abcd"}
    yield alerts("a plan", request("backup:DeleteBackupPlan", **plan), subject="1234abcd")
    selection = request("backup:DeleteBackupSelection", **plan, selectionId="payroll")
    yield alerts("a selection", selection, label="DeleteBackupSelection 1234abcd payroll")
    yield alerts("a job", request("backup:StopBackupJob", backupJobId="5678"), subject="5678")
    yield alerts("a refused request", refused("backup:DeleteBackupPlan"), severity=Severity.LOW)
    failed = request("backup:DeleteBackupPlan", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
