"""Audit log of a database switched off.

The log of the database shows who logged in and which data they read. Without it, a theft of data
leaves no trace there.
"""

from collections.abc import Iterator

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false, store_of

LOGGING = frozenset(
    {
        *("audit_logs", "enable_user_activity_logging", "general_log", "log_connections"),
        *("log_statement", "pgaudit.log", "rds.force_admin_logging_level", "server_audit_logging"),
        *("server_audit_events", "audit_trail"),
    }
)
"""The settings by which databases of any kind log who connects, and what they ask."""

NOTHING = frozenset({"", "0", "off", "false", "none", "disabled"})
GROUPS = ("dBParameterGroupName", "dBClusterParameterGroupName", "parameterGroupName")

ALWAYS = ("DisableLogging", "StopActivityStream")
TITLES = {
    "ModifyActivityStream": "Audit policy of a database unlocked",
    "StopActivityStream": "Activity stream of a database stopped",
}


def detect(event: Event) -> Match | None:
    off = [event.name] if event.name in ALWAYS else switched_off(event)
    if not off:
        return None
    store = event.request(*GROUPS) or store_of(event)
    severity = Severity.HIGH if event.name in TITLES else None
    title = TITLES.get(event.name, "")
    return Match(f"{', '.join(off)} of {store}", severity=severity, subject=store, title=title)


def switched_off(event: Event) -> list[str]:
    """Return the logs that a change of settings switches off."""
    if event.name.endswith("ParameterGroup"):
        return [*unset_parameters(event)]
    if event.name == "ModifyActivityStream":
        unlocks = event.request("auditPolicyState") == "unlocked"
        return ["audit policy lock"] if unlocks else []
    path = "requestParameters.cloudwatchLogsExportConfiguration.disableLogTypes"
    published = event.get("requestParameters.logPublishingOptions")
    options = published.items() if isinstance(published, dict) else ()
    disabled = [str(k) for k, v in options if isinstance(v, dict) and is_false(v.get("enabled"))]
    return [str(log) for log in event.listed(path)] + disabled


def unset_parameters(event: Event) -> Iterator[str]:
    """Yield the settings of a parameter group by which a database no longer logs."""
    for parameter in event.listed("requestParameters.parameters"):
        name = text_of(dig(parameter, "parameterName")).lower()
        value = text_of(dig(parameter, "parameterValue")).lower()
        if name in LOGGING and value in NOTHING:
            yield name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "es:UpdateDomainConfig",
        "es:UpdateElasticsearchDomainConfig",
        "rds:ModifyActivityStream",
        "rds:ModifyDBCluster",
        "rds:ModifyDBClusterParameterGroup",
        "rds:ModifyDBInstance",
        "rds:ModifyDBParameterGroup",
        "rds:ResetDBClusterParameterGroup",
        "rds:ResetDBParameterGroup",
        "rds:StopActivityStream",
        "redshift:DisableLogging",
        "redshift:ModifyClusterParameterGroup",
        "redshift:ResetClusterParameterGroup",
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


def examples() -> Examples:
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
    for action, group, name, value in GROUP_CALLS:
        named: Fields = {group: "main", "parameters": [parameter(name, value)]}
        yield alerts(f"{action} {name}", request(action, **named), subject="main")
    kept: Fields = {group: "main", "parameters": [parameter("pgaudit.log", "all")]}
    yield silent("a setting that logs all", request(action, **kept))
    other: Fields = {group: "main", "parameters": [parameter("max_connections", "0")]}
    yield silent("a setting of other things", request(action, **other))
    audit = {"AUDIT_LOGS": {"enabled": False}}
    for action in ("es:UpdateDomainConfig", "es:UpdateElasticsearchDomainConfig"):
        yield alerts(action, request(action, domainName="search", logPublishingOptions=audit))
    exports = {"enableLogTypes": ["audit"]}
    on = request(modify, dBInstanceIdentifier="payroll", cloudwatchLogsExportConfiguration=exports)
    yield silent("switched on", on)
    locked = request(lock, resourceArn=CLUSTER, auditPolicyState="locked")
    yield silent("audit policy locked", locked)


GROUP_CALLS = (
    ("rds:ModifyDBParameterGroup", "dBParameterGroupName", "general_log", "0"),
    (
        "redshift:ModifyClusterParameterGroup",
        "parameterGroupName",
        "enable_user_activity_logging",
        "false",
    ),
    ("rds:ResetDBParameterGroup", "dBParameterGroupName", "log_statement", ""),
    ("rds:ResetDBClusterParameterGroup", "dBClusterParameterGroupName", "audit_trail", ""),
    ("redshift:ResetClusterParameterGroup", "parameterGroupName", "audit_logs", ""),
    ("rds:ModifyDBClusterParameterGroup", "dBClusterParameterGroupName", "pgaudit.log", "none"),
)


def parameter(name: str, value: str) -> Fields:
    told = {"parameterName": name, "applyMethod": "immediate"}
    return told | ({"parameterValue": value} if value else {})
