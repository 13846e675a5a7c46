"""Audit log of a database switched off.

The log of the database shows who logged in and which data they read. Without it, a theft of data
leaves no trace there.
"""

from collections.abc import Iterator, Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false, is_true, store_of
from trailwarden.services.settings import beside, off

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
    store = store_named(event)
    title = TITLES.get(event.name, "")
    severity = Severity.HIGH if title else None
    if event.name in ALWAYS:
        return Match(f"{event.name} of {store}", severity, store, title)
    label = state(**logs(event))
    return Match(label, severity, store, title) if label else None


def store_named(event: Event) -> str:
    return event.request(*GROUPS) or store_of(event)


def by_store(event: Event) -> str:
    """Group by the database, or by the group of its parameters."""
    place = f"{event.recipient_account_id}/{event.aws_region}/{event.service}"
    return f"{place}/{store_named(event).lower()}"


def logs(event: Event) -> dict[str, object]:
    """Return the logs that a change of settings switches on or off."""
    if event.name.endswith("ParameterGroup"):
        return dict(parameters_of(event))
    if event.name == "ModifyActivityStream":
        policy = event.request("auditPolicyState")
        return {"audit policy lock": policy != "unlocked"} if policy else {}
    return {**exported(event), **dict(published(event))}


def exported(event: Event) -> dict[str, object]:
    """Return the logs that a database sends to CloudWatch from now on, or no longer."""
    path = "requestParameters.cloudwatchLogsExportConfiguration"
    on, none = (event.listed(f"{path}.{key}LogTypes") for key in ("enable", "disable"))
    return {**dict.fromkeys(map(str, on), True), **dict.fromkeys(map(str, none), False)}


def published(event: Event) -> Iterator[tuple[str, str | bool]]:
    """Yield what a search domain publishes; the console sends all of its logs."""
    options = event.get("requestParameters.logPublishingOptions")
    told = options if isinstance(options, Mapping) else {}
    for kind, option in told.items():
        if is_true(dig(option, "enabled")):
            yield str(kind), True
        elif is_false(dig(option, "enabled")):
            yield str(kind), off(event, "logPublishingOptions") if len(told) == 1 else beside(event)


def parameters_of(event: Event) -> Iterator[tuple[str, bool]]:
    """Yield the settings of a parameter group, and whether a database logs by them."""
    for parameter in event.listed("requestParameters.parameters"):
        name = text_of(dig(parameter, "parameterName")).lower()
        value = text_of(dig(parameter, "parameterValue")).lower()
        if name in LOGGING:
            yield name, value not in NOTHING


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
    correlation=Worsened(timespan=400 * DAY, group_by=by_store, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED

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
    yield from compared()


def compared() -> Examples:
    none, again, all_of_it = set_to("none", DEPLOYER), set_to("none", day=2), set_to("all", day=1)
    yield silent("none, as before", none, again)
    yield alerts("none, and all between", none, all_of_it, again, label="pgaudit.log: off")
    yield alerts("another group", set_to("none", DEPLOYER, group="other"), again, subject="main")
    yield alerts("known too long ago", none, set_to("none", day=401))
    yield silent("known for long", none, set_to("none", day=400))
    kept = {"AUDIT_LOGS": {"enabled": False}, "ES_APPLICATION_LOGS": {"enabled": True}}
    search = "es:UpdateDomainConfig"
    form = request(search, day=1, domainName="search", logPublishingOptions=kept)
    yield alerts("off beside others", form, severity=Severity.MEDIUM)
    yield silent("off beside others, in the console", {**form, **CONSOLE})
    audited = {"AUDIT_LOGS": {"enabled": True}}
    before = request(search, domainName="search", logPublishingOptions=audited)
    yield alerts("off beside others, where it was on", before, form, subject="search")


def set_to(value: str, by: Fields | None = None, *, group: str = "main", day: float = 0) -> Record:
    asked: Fields = {"dBParameterGroupName": group, "parameters": [parameter("pgaudit.log", value)]}
    return request("rds:ModifyDBParameterGroup", by, day=day, **asked)


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
