"""Database's deletion protection switched off.

With the protection, one stolen key or one wrong line of code cannot delete a database. An attacker
switches it off before the deletion.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services.rds import is_false, store_of


def detect(event: Event) -> Match | None:
    store = store_of(event)
    unprotected = is_false(event.get("requestParameters.deletionProtection"))
    return Match(store, subject=store) if unprotected else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:ModifyGlobalCluster"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1578.005"]},
    response="Switch the protection on again, then ask the caller which database they will delete.",
    false_positives="Other changes made in the console, which repeats the setting, and databases "
    "that are really to be deleted.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
)


def examples() -> Iterator[Example]:
    modify = "rds:ModifyDBInstance"
    payroll: Fields = {"dBInstanceIdentifier": "payroll"}
    for value in (False, "false"):
        off = request(modify, **payroll, deletionProtection=value)
        yield alerts(f"switched off as {value!r}", off, subject="payroll")
    yield silent("switched on", request(modify, **payroll, deletionProtection=True))
    yield silent("not mentioned", request(modify, **payroll, allocatedStorage=20))
