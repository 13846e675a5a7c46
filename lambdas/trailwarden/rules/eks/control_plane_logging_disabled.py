"""Logging of a Kubernetes control plane turned off.

The audit log of the control plane shows everything that happens inside a cluster. CloudTrail shows
none of it. Without the log, a cluster is dark.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
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
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of

CRUCIAL = frozenset({"api", "audit", "authenticator"})
"""The logs that show which principal did what."""


def detect(event: Event) -> Match | None:
    groups = event.listed("requestParameters.logging.clusterLogging")
    disabled = [group for group in groups if dig(group, "enabled") is False]
    kinds = {text_of(kind) for group in disabled for kind in listed(dig(group, "types"))}
    if not kinds:
        return None
    cluster = event.request("name")
    severity = None if kinds & CRUCIAL else Severity.MEDIUM
    return Match(f"{cluster}: {', '.join(sorted(kinds))}", severity, cluster)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:UpdateClusterConfig"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn the logs on again with `aws eks update-cluster-config`. Ask the caller for the "
    "reason, and look at the changes in the cluster since.",
    false_positives="A team that saves on logs, or that turns on some and leaves others off.",
)


def examples() -> Iterator[Example]:
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    off = {"types": everything, "enabled": False}
    yield alerts("all logs off", request(UPDATE, **logging(off)), severity=Severity.HIGH)
    attempt = refused(UPDATE, **logging(off))
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="prod")
    kept, audit = {"types": ["api"], "enabled": True}, {"types": ["audit"], "enabled": False}
    gone = request(UPDATE, **logging(kept, audit))
    yield alerts("the audit log off", gone, severity=Severity.HIGH, label="prod: audit")
    scheduler = request(UPDATE, **logging({"types": ["scheduler"], "enabled": False}))
    yield alerts("another log off", scheduler, severity=Severity.MEDIUM, subject="prod")
    yield silent("all logs on", request(UPDATE, **logging({"types": everything, "enabled": True})))


UPDATE = "eks:UpdateClusterConfig"


def logging(*groups: Fields) -> Fields:
    return {"name": "prod", "logging": {"clusterLogging": list(groups)}}
