"""Audit logging of a database switched off.

The database's own log is where stolen data would show: who logged in, and what was asked. Without
it, only the network knows.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, listed
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false, store_of

ALWAYS = ("DisableLogging", "StopActivityStream")


def detect(event: Event) -> Match | None:
    if event.denied and event.name == "StopActivityStream":
        return Match("attempt to stop an activity stream", severity=Severity.MEDIUM)
    if not event.succeeded or event.by_automation:
        return None
    off = [event.name] if event.name in ALWAYS else switched_off(event)
    if not off:
        return None
    store = store_of(event) or event.text("requestParameters.resourceArn")[-100:]
    severity = Severity.HIGH if event.name.endswith("ActivityStream") else None
    return Match(f"{', '.join(off)[:80]} of {store}", severity=severity, subject=store)


def switched_off(event: Event) -> list[str]:
    """Return which logs a change of settings switches off."""
    if event.name == "ModifyActivityStream":
        unlocks = event.text("requestParameters.auditPolicyState") == "unlocked"
        return ["audit policy lock"] if unlocks else []
    exports = event.get("requestParameters.cloudwatchLogsExportConfiguration.disableLogTypes")
    published = event.get("requestParameters.logPublishingOptions")
    options = published.items() if isinstance(published, dict) else ()
    disabled = [str(k) for k, v in options if isinstance(v, dict) and is_false(v.get("enabled"))]
    return [str(log)[:30] for log in listed(exports)] + disabled


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "es:UpdateDomainConfig",
        "es:UpdateElasticsearchDomainConfig",
        "rds:ModifyActivityStream",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:StopActivityStream",
        "redshift:DisableLogging",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Then ask the user, and look at the database's connections "
    "and users for what happened while there was none.",
    false_positives="Saving the cost of logs that nobody reads.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/DBActivityStreams.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    off = {"cloudwatchLogsExportConfiguration": {"disableLogTypes": ["audit"]}}
    yield alerts("log export", call("rds:ModifyDBInstance", mallory, **off))
    yield alerts("activity stream", call("rds:StopActivityStream", mallory))
    yield alerts("attempt", denied("rds:StopActivityStream", mallory))
    unlocked = call("rds:ModifyActivityStream", mallory, auditPolicyState="unlocked")
    yield alerts("audit policy unlocked", unlocked)
    yield alerts("Redshift", call("redshift:DisableLogging", mallory, clusterIdentifier="dw"))
    search = {"logPublishingOptions": {"AUDIT_LOGS": {"enabled": False}}}
    yield alerts("OpenSearch", call("es:UpdateDomainConfig", mallory, **search))
    on = {"cloudwatchLogsExportConfiguration": {"enableLogTypes": ["audit"]}}
    yield silent("switched on", call("rds:ModifyDBInstance", mallory, **on))
    locked = call("rds:ModifyActivityStream", mallory, auditPolicyState="locked")
    yield silent("audit policy locked", locked)
    yield silent("the pipeline", call("rds:ModifyDBInstance", assumed_role("deploy"), **off))
    yield silent("a refusal", denied("redshift:DisableLogging", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
