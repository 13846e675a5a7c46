"""Database log file downloaded.

Logs of slow or failed queries hold data, names of tables and sometimes passwords. They are read
through the API, without any login to the database.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.user_identity.is_instance_role:
        return None
    file = event.text("requestParameters.logFileName")[-80:]
    return Match(f"{file} of {store_of(event)}", subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:DownloadCompleteDBLogFile", "rds:DownloadDBLogFilePortion"],
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Ask the user what they were looking for, and see what else they read that day.",
    false_positives="Looking into an error by hand, and agents that ship logs.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("whole", get("rds:DownloadCompleteDBLogFile", iam_user("mallory")))
    yield alerts("in parts", get("rds:DownloadDBLogFilePortion", iam_user("mallory")))
    yield silent("an agent", get("rds:DownloadDBLogFilePortion", instance_role("agent")))
    yield silent("AWS", get("rds:DownloadDBLogFilePortion", aws_service("rds")))
    yield silent("a refusal", denied("rds:DownloadDBLogFilePortion", iam_user("mallory")))


def get(action: str, identity: dict[str, Any]) -> Record:
    told = {"dBInstanceIdentifier": "payroll", "logFileName": "error/postgresql.log.2025-06-02-12"}
    return record(action, identity, requestParameters=told)
