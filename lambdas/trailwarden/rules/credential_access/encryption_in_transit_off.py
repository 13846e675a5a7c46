"""Encrypted connections to a data store no longer required.

Clients then send passwords and data as plain text. An intruder in the network reads them, and a
copy of its traffic is one request away.
"""

from collections.abc import Iterator, Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import refused_state, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false, is_true
from trailwarden.services.things import thing_of

SETTINGS: Mapping[str, str] = {
    "domainEndpointOptions.enforceHTTPS": "HTTPS",
    "nodeToNodeEncryptionOptions.enabled": "encryption between nodes",
    "transitEncryptionEnabled": "TLS",
}
MODES: Mapping[str, tuple[str, str]] = {
    "encryptionInfo.encryptionInTransit.clientBroker": ("TLS", "TLS"),
    "transitEncryptionMode": ("TLS for all", "required"),
}
"""Each setting with several values: what it is, and the value that asks all clients for it."""

PARAMETERS = frozenset({"rds.force_ssl", "require_secure_transport", "require_ssl", "tls"})
OFF = frozenset({"0", "disabled", "false", "off"})
GROUPS = ("dBParameterGroupName", "dBClusterParameterGroupName", "parameterGroupName")


def detect(event: Event) -> Match | None:
    asked = dict(settings(event))
    label = state(**asked)
    label = refused_state(label) if label and event.denied else label
    return Match(label, subject=store(event)) if label else None


def settings(event: Event) -> Iterator[tuple[str, bool]]:
    """Yield what a request says of the encryption of connections, and whether it is asked for."""
    request_ = event.get("requestParameters")
    for path, name in SETTINGS.items():
        value = dig(request_, path)
        if is_true(value) or is_false(value):
            yield name, is_true(value)
    for path, (name, all_of_them) in MODES.items():
        if mode := text_of(dig(request_, path)):
            yield name, mode == all_of_them
    for parameter in event.listed("requestParameters.parameters"):
        name = text_of(dig(parameter, "parameterName")).lower()
        if name in PARAMETERS:
            yield name, text_of(dig(parameter, "parameterValue")).lower() not in OFF


def store(event: Event) -> str:
    """Return the name of the data store, or of its settings."""
    return event.request(*GROUPS) or thing_of(event)


def by_store(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{event.service}/{store(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "elasticache:ModifyReplicationGroup",
        "es:UpdateDomainConfig",
        "es:UpdateElasticsearchDomainConfig",
        "kafka:UpdateSecurity",
        "rds:ModifyDBClusterParameterGroup",
        "rds:ModifyDBParameterGroup",
        "redshift:ModifyClusterParameterGroup",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1040"]},
    response="Require encryption again, and ask the caller. If they did not plan it, look for "
    "mirrored traffic and changed routes. Then rotate the passwords of the data store.",
    false_positives="A migration of clients that cannot use encryption yet.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_store,
        unknown_title="Encrypted connections to a data store set to optional",
    ),
    references=[
        "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createupdatedomains.html"
    ],
)


def examples() -> Examples:
    on, off = domain(on=True), domain(on=False, day=1)
    yield alerts("HTTPS", on, off, severity=Severity.MEDIUM, subject="search", label="HTTPS: off")
    yield alerts("nothing known", off, severity=Severity.LOW)
    yield silent("on as before", on, domain(on=True, day=2))
    yield alerts("known of another", domain("logs", on=True), off, severity=Severity.LOW)
    tried = refused("es:UpdateDomainConfig", **asked(on=False))
    yield alerts("refused", tried, severity=Severity.LOW)
    yield alerts("done after it was refused", on, tried, off, severity=Severity.MEDIUM)
    yield silent("another setting", request("es:UpdateDomainConfig", domainName="search"))
    for action, before, after in CASES:
        worse = request(action, **before), request(action, day=1, **after)
        yield alerts(f"{action}, worse", *worse, severity=Severity.MEDIUM)
        yield silent(f"{action}, better", request(action, **before), request(action, **before))


def asked(name: str = "search", *, on: bool) -> Fields:
    return {"domainName": name, "domainEndpointOptions": {"enforceHTTPS": on}}


def domain(name: str = "search", *, on: bool, day: int = 0) -> Record:
    return request("es:UpdateDomainConfig", day=day, **asked(name, on=on))


def parameter(group: str, name: str, value: str) -> Fields:
    return {group: "main", "parameters": [{"parameterName": name, "parameterValue": value}]}


def broker(mode: str) -> Fields:
    return {
        "clusterArn": "arn:aws:kafka:us-east-1:111122223333:cluster/main/1",
        "currentVersion": "K1",
        "encryptionInfo": {"encryptionInTransit": {"clientBroker": mode}},
    }


def cache(mode: str) -> Fields:
    return {"replicationGroupId": "main", "transitEncryptionMode": mode}


CASES: tuple[tuple[str, Fields, Fields], ...] = (
    (
        "es:UpdateElasticsearchDomainConfig",
        {"domainName": "logs", "nodeToNodeEncryptionOptions": {"enabled": True}},
        {"domainName": "logs", "nodeToNodeEncryptionOptions": {"enabled": False}},
    ),
    ("elasticache:ModifyReplicationGroup", cache("required"), cache("preferred")),
    ("kafka:UpdateSecurity", broker("TLS"), broker("TLS_PLAINTEXT")),
    (
        "rds:ModifyDBParameterGroup",
        parameter("dBParameterGroupName", "rds.force_ssl", "1"),
        parameter("dBParameterGroupName", "rds.force_ssl", "0"),
    ),
    (
        "rds:ModifyDBClusterParameterGroup",
        parameter("dBClusterParameterGroupName", "require_secure_transport", "ON"),
        parameter("dBClusterParameterGroupName", "require_secure_transport", "OFF"),
    ),
    (
        "redshift:ModifyClusterParameterGroup",
        parameter("parameterGroupName", "require_ssl", "true"),
        parameter("parameterGroupName", "require_ssl", "false"),
    ),
)
