"""Logging of a Kubernetes control plane turned off.

The audit log of the control plane shows everything that happens inside a cluster. CloudTrail shows
none of it. Without the log, a cluster is dark.
"""

from collections.abc import Iterator

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import CONSOLE, TERRAFORM, Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.eks import cluster_of
from trailwarden.services.settings import beside

CRUCIAL = frozenset({"api", "audit", "authenticator"})
"""The logs that show which principal did what."""


def detect(event: Event) -> Match | None:
    switched = {kind: on for on in (False, True) for kind in kinds_of(event, on=on)}
    if not switched:
        return None
    off = (any(switched.values()) and beside(event)) or "off"
    label = "; ".join(f"{kind} log: {'on' if on else off}" for kind, on in sorted(switched.items()))
    is_crucial = any(kind in CRUCIAL for kind, on in switched.items() if not on)
    severity = None if is_crucial else Severity.MEDIUM
    severity = Severity.INFORMATIONAL if event.name == "CreateCluster" else severity
    return Match(label, severity, cluster_of(event))


def kinds_of(event: Event, *, on: bool) -> Iterator[str]:
    """Yield the kinds of logs that a request switches on, or off."""
    for group in event.listed("requestParameters.logging.clusterLogging"):
        if dig(group, "enabled") is on:
            yield from filter(None, map(text_of, listed(dig(group, "types"))))


def by_name(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{cluster_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:CreateCluster", "eks:UpdateClusterConfig"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn the logs on again with `aws eks update-cluster-config`. Ask the caller for the "
    "reason, and look at the changes in the cluster since.",
    false_positives="A team that saves on logs.",
    correlation=Worsened(
        timespan=90 * DAY,
        group_by=by_name,
        unknown=Severity.MEDIUM,
        unknown_title="EKS control plane logs set to off",
    ),
)


def examples() -> Examples:
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    all_on, all_off = ({"types": everything, "enabled": on} for on in (True, False))
    on, off = request(UPDATE, **logging(all_on)), request(UPDATE, day=1, **logging(all_off))
    yield alerts("all logs off", on, off, severity=Severity.HIGH, subject="prod")
    yield alerts("nothing known before", off, severity=Severity.MEDIUM)
    other = request(UPDATE, **{**logging(all_on), "name": "other"})
    yield alerts("known of another", other, off, severity=Severity.MEDIUM)
    attempt = refused(UPDATE, **logging(all_off))
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="prod")
    kept, audit = {"types": ["api"], "enabled": True}, {"types": ["audit"], "enabled": False}
    some = request(UPDATE, day=1, **logging(kept, audit))
    yield alerts("the audit log off", on, some, severity=Severity.HIGH)
    yield alerts("the audit log off, nothing known", some, severity=Severity.MEDIUM)
    yield alerts("so by a program", {**some, **TERRAFORM}, severity=Severity.LOW)
    yield silent("one on, and others stay off", {**some, **CONSOLE})
    scheduler = request(UPDATE, day=1, **logging({"types": ["scheduler"], "enabled": False}))
    yield alerts("another log off", on, scheduler, severity=Severity.MEDIUM)
    network: Fields = {"roleArn": "arn:aws:iam::1:role/eks", "resourcesVpcConfig": {}}
    made = request("eks:CreateCluster", **logging(all_on), **network)
    yield alerts("off since it was made", made, off, severity=Severity.HIGH)
    partly = request("eks:CreateCluster", **logging(kept, audit), **network)
    yield silent("one log on from the start", partly)
    anew = request("eks:CreateCluster", day=1, **logging(all_off), **network)
    yield silent("one of the same name is made", on, anew)
    yield silent("all logs on", on)


UPDATE = "eks:UpdateClusterConfig"


def logging(*groups: Fields) -> Fields:
    return {"name": "prod", "logging": {"clusterLogging": list(groups)}}
