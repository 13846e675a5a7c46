"""Backup plan weakened.

Nobody misses a backup until the day of a restore. An attacker can weaken the plan weeks before the
attack.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import short
from trailwarden.examples import Examples, Record, alerts, silent

NAMES = ("backupPlanId", "frameworkName", "backupJobId")
MOST, SHORT = 20, 7
UNKNOWN = "Backup plan set to keep backups for days only"
TITLES = {
    "DeleteBackupPlan": "Backup plan deleted",
    "DeleteBackupSelection": "Resources taken out of a backup plan",
    "DeleteFramework": "Backup audit framework deleted",
    "StopBackupJob": "Running backup stopped",
}


def detect(event: Event) -> Match | None:
    name = name_of(event)
    label = f"{event.name} {name} {event.request('selectionId')}".strip()
    is_new = event.name == "CreateBackupPlan"
    if is_new or (event.name == "UpdateBackupPlan" and not event.denied):
        label = "; ".join(rule for one in rules_of(event) for rule in kept(one))
    severity = Severity.INFORMATIONAL if is_new else None
    return Match(label, severity, name, TITLES.get(event.name, "")) if label else None


def name_of(event: Event) -> str:
    return event.request(*NAMES) or event.answer("backupPlanId")


def by_plan(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{name_of(event)}"


def rules_of(event: Event) -> list[Any]:
    """Return the first rules of a plan; more than people write are not compared."""
    return event.listed("requestParameters.backupPlan.rules")[:MOST]


def kept(rule: Any) -> Iterator[str]:
    """Yield how long a rule of a plan keeps backups, and how many other copies it makes."""
    name = short(text_of(dig(rule, "ruleName")))
    days = dig(rule, "lifecycle.deleteAfterDays")
    yield f"{name} kept for days: {days if isinstance(days, int) else 'forever'}"
    if isinstance(days, int) and days <= SHORT:
        yield f"{name} over a week: off"
    if copies := len(listed(dig(rule, "copyActions"))):
        yield f"{name} copies: {copies}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:CreateBackupPlan",
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
    correlation=Worsened(timespan=90 * DAY, group_by=by_plan, complete=True, unknown_title=UNKNOWN),
    false_positives="An administrator changes a plan in the console.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html"],
)


def examples() -> Examples:
    plan: Fields = {"backupPlanId": "1234abcd"}
    yield alerts("a plan", request("backup:DeleteBackupPlan", **plan), subject="1234abcd")
    selection = request("backup:DeleteBackupSelection", **plan, selectionId="payroll")
    yield alerts("a selection", selection, label="DeleteBackupSelection 1234abcd payroll")
    yield alerts("a job", request("backup:StopBackupJob", backupJobId="5678"), subject="5678")
    yield alerts("a refused request", refused("backup:DeleteBackupPlan"), severity=Severity.LOW)
    failed = request("backup:DeleteBackupPlan", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    year, shorter = large(365), large(30, day=1)
    yield alerts("the last of many rules", year, shorter, severity=Severity.MEDIUM)
    yield silent("many rules, as before", large(365), large(365, day=1))
    month, week, copied = planned(30), planned(7, day=1), planned(30, copies=[{}])
    yield alerts("a week in place of a month", month, week, severity=Severity.MEDIUM)
    yield alerts("a week, nothing known", week, severity=Severity.LOW, subject="1234abcd")
    yield alerts("no more copies", copied, planned(30, day=1), severity=Severity.MEDIUM)
    answer: Fields = {"backupPlanId": "1234abcd"}
    made = {**month, "eventName": "CreateBackupPlan", "responseElements": answer}
    rules = {**made["requestParameters"]}
    rules.pop("backupPlanId")
    yield alerts(
        "since it was made", {**made, "requestParameters": rules}, week, severity=Severity.MEDIUM
    )
    brief: Fields = {"requestParameters": {"backupPlan": week["requestParameters"]["backupPlan"]}}
    yield silent("a plan of a week is made", {**made, **brief})
    yield silent("refused to make one", refused("backup:CreateBackupPlan"))
    rule_gone = {**week, "requestParameters": {**plan, "backupPlan": {"rules": [{}]}}}
    yield alerts("a rule left out", month, rule_gone, severity=Severity.MEDIUM)
    other = {**month, "requestParameters": {**month["requestParameters"], "backupPlanId": "x"}}
    yield alerts("known of another", other, week, severity=Severity.LOW)
    yield silent("a month, nothing known", month)
    yield silent("a year in place of a month", month, planned(365, day=1))


def large(days: int, *, day: int = 0) -> Record:
    """Return a plan of many rules with long names, of which the last keeps backups for `days`."""
    kept = [{"lifecycle": {"deleteAfterDays": 365}}] * 11 + [
        {"lifecycle": {"deleteAfterDays": days}}
    ]
    rules = [
        {"ruleName": f"{n}-a-rule-with-a-very-long-name", "targetBackupVaultName": "main", **one}
        for n, one in enumerate(kept)
    ]
    plan = {"backupPlanName": "all", "rules": rules}
    return request("backup:UpdateBackupPlan", day=day, backupPlanId="1234abcd", backupPlan=plan)


def planned(days: int, *, day: int = 0, copies: Sequence[Fields] = ()) -> Record:
    rule: Fields = {"ruleName": "daily", "lifecycle": {"deleteAfterDays": days}}
    rules = [{**rule, "targetBackupVaultName": "main", "copyActions": list(copies)}]
    plan = {"backupPlanName": "all", "rules": rules}
    return request("backup:UpdateBackupPlan", day=day, backupPlanId="1234abcd", backupPlan=plan)
