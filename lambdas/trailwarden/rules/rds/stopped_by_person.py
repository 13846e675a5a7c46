"""Database stopped, rebooted or failed over by a person.

An outage that somebody chose. Maintenance looks the same; so does sabotage.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or is_workload(event.user_identity):
        return None
    return Match(f"{event.name} {store_of(event)}", subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:FailoverDBCluster",
        "rds:FailoverGlobalCluster",
        "rds:RebootDBCluster",
        "rds:RebootDBInstance",
        "rds:StopDBCluster",
        "rds:StopDBInstance",
    ],
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1489", "T1529"]},
    response="Ask the user, and start the database again if nobody planned this.",
    false_positives="Maintenance, and saving cost at night.",
    mode=Mode.HUNT,
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("stopped", call("rds:StopDBInstance", iam_user("mallory")))
    yield alerts("failed over", call("rds:FailoverDBCluster", iam_user("mallory")))
    yield silent("a scheduler's server", call("rds:StopDBInstance", instance_role("scheduler")))
    yield silent("AWS", call("rds:RebootDBInstance", aws_service("rds")))
    yield silent("a refusal", denied("rds:StopDBInstance", iam_user("mallory")))


def call(action: str, identity: dict[str, Any]) -> Record:
    return record(action, identity, requestParameters={"dBInstanceIdentifier": "payroll"})
