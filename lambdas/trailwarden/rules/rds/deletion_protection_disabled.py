"""Database's deletion protection switched off.

The protection exists so that one stolen key or one wrong line cannot delete a database. Switching
it off comes before the deletion.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false, store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if not is_false(event.get("requestParameters.deletionProtection")):
        return None
    return Match(store_of(event), subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:ModifyGlobalCluster"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1578.005"]},
    response="Switch the protection on again, then ask the user what they are about to delete.",
    false_positives="Other changes made in the console, which repeats the setting, and databases "
    "that are really to be deleted.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("switched off", modify(mallory, deletionProtection=False))
    yield alerts("written as text", modify(mallory, deletionProtection="false"))
    yield silent("switched on", modify(mallory, deletionProtection=True))
    yield silent("not mentioned", modify(mallory, allocatedStorage=20))
    yield silent("the pipeline", modify(assumed_role("deploy"), deletionProtection=False))
    yield silent("a refusal", denied("rds:ModifyDBInstance", mallory))


def modify(identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"dBInstanceIdentifier": "payroll"} | parameters
    return record("rds:ModifyDBInstance", identity, requestParameters=told)
