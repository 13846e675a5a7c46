"""Logging of a Kubernetes control plane turned off.

The audit log of the control plane is where everything done inside a cluster can be seen; nothing
of it is in CloudTrail. Without it, a cluster is dark.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed

TELLING = frozenset({"api", "audit", "authenticator"})
"""The logs that tell who did what."""


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    groups = event.listed("requestParameters.logging.clusterLogging")
    off = {
        kind
        for group in groups
        if dig(group, "enabled") is False
        for kind in listed(dig(group, "types"))
        if isinstance(kind, str)
    }
    if not off:
        return None
    cluster = event.text("requestParameters.name")
    severity = None if off & TELLING else Severity.MEDIUM
    return Match(f"{cluster[:50]}: {', '.join(sorted(off))[:50]}", severity, subject=cluster)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:UpdateClusterConfig"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn the logs on again with `aws eks update-cluster-config`. Ask whoever turned them "
    "off, and look at what has changed in the cluster since.",
    false_positives="Somebody who saves on logs, or turns on some and leaves others off.",
)


def examples() -> Iterator[Example]:
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    yield alerts("all logs off", changed({"types": everything, "enabled": False}))
    kept = {"types": ["api"], "enabled": True}
    yield alerts("the audit log off", changed(kept, {"types": ["audit"], "enabled": False}))
    yield silent("all logs on", changed({"types": everything, "enabled": True}))
    refused = denied("eks:UpdateClusterConfig", iam_user("mallory"))
    yield silent("a refusal", refused)


def changed(*groups: Fields) -> Record:
    told = {"name": "prod", "logging": {"clusterLogging": list(groups)}}
    return record("eks:UpdateClusterConfig", iam_user("mallory"), requestParameters=told)
