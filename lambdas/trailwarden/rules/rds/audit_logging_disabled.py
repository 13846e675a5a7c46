"""Audit log of a database switched off.

The log of the database shows who logged in and which data they read. Without it, a theft of data
leaves no trace there.
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
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.services.rds import is_false, store_of

ALWAYS = ("DisableLogging", "StopActivityStream")
TITLES = {
    "ModifyActivityStream": "Audit policy of a database unlocked",
    "StopActivityStream": "Activity stream of a database stopped",
}


def detect(event: Event) -> Match | None:
    off = [event.name] if event.name in ALWAYS else switched_off(event)
    if not off:
        return None
    store = store_of(event)
    severity = Severity.HIGH if event.name in TITLES else None
    title = TITLES.get(event.name, "")
    return Match(f"{', '.join(off)} of {store}", severity=severity, subject=store, title=title)


def switched_off(event: Event) -> list[str]:
    """Return the logs that a change of settings switches off."""
    if event.name == "ModifyActivityStream":
        unlocks = event.request("auditPolicyState") == "unlocked"
        return ["audit policy lock"] if unlocks else []
    path = "requestParameters.cloudwatchLogsExportConfiguration.disableLogTypes"
    published = event.get("requestParameters.logPublishingOptions")
    options = published.items() if isinstance(published, dict) else ()
    disabled = [str(k) for k, v in options if isinstance(v, dict) and is_false(v.get("enabled"))]
    return [str(log) for log in event.listed(path)] + disabled


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
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Ask the caller. Look at the connections and users of the "
    "database for acts during the time without a log.",
    false_positives="A team saves the cost of logs that nobody reads.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/DBActivityStreams.html"],
)

CLUSTER = f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:payroll"


def examples() -> Iterator[Example]:
    modify, stop, lock = (
        "rds:ModifyDBInstance",
        "rds:StopActivityStream",
        "rds:ModifyActivityStream",
    )
    exports = {"disableLogTypes": ["audit"]}
    off = request(modify, dBInstanceIdentifier="payroll", cloudwatchLogsExportConfiguration=exports)
    yield alerts("log export", off, severity=Severity.MEDIUM, subject="payroll")
    stopped = request(stop, resourceArn=CLUSTER)
    yield alerts("activity stream", stopped, severity=Severity.HIGH, subject=CLUSTER)
    refusal = {"errorMessage": f"x is not authorized to perform: {stop} on resource: {CLUSTER} as"}
    attempt = refused(stop, fields=refusal)
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM, subject=CLUSTER)
    unlocked = request(lock, resourceArn=CLUSTER, auditPolicyState="unlocked")
    yield alerts("audit policy unlocked", unlocked, subject=CLUSTER)
    yield alerts("Redshift", request("redshift:DisableLogging", clusterIdentifier="dw"))
    audit = {"AUDIT_LOGS": {"enabled": False}}
    for action in ("es:UpdateDomainConfig", "es:UpdateElasticsearchDomainConfig"):
        yield alerts(action, request(action, domainName="search", logPublishingOptions=audit))
    exports = {"enableLogTypes": ["audit"]}
    on = request(modify, dBInstanceIdentifier="payroll", cloudwatchLogsExportConfiguration=exports)
    yield silent("switched on", on)
    locked = request(lock, resourceArn=CLUSTER, auditPolicyState="locked")
    yield silent("audit policy locked", locked)
