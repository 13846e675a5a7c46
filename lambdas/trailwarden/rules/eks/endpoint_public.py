"""Kubernetes API of a cluster opened to the internet.

The API server of a cluster is its front door. Open to every address, a stolen token or a leaked
kubeconfig works from anywhere, and every flaw of the server is reachable.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

WORLD = ("/0", "/1")


def detect(event: Event) -> Match | None:
    told = "requestParameters.resourcesVpcConfig"
    if not event.succeeded or event.get(f"{told}.endpointPublicAccess") is not True:
        return None
    blocks = [b for b in event.listed(f"{told}.publicAccessCidrs") if isinstance(b, str)]
    if blocks and not any(block.endswith(WORLD) for block in blocks):
        return None
    cluster = event.text("requestParameters.name")
    return Match(f"{cluster[:80]} is reachable from anywhere", subject=cluster)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:UpdateClusterConfig"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Close the endpoint, or limit it to known addresses, with `aws eks "
    "update-cluster-config`. Then search the audit log for requests from outside since.",
    false_positives="Clusters that are meant to be administered from anywhere.",
)


def examples() -> Iterator[Example]:
    yield alerts("to everyone", changed(["0.0.0.0/0"]))
    yield alerts("to nobody in particular", changed(None))
    yield silent("to the office", changed(["198.51.100.0/24"]))
    yield silent("to nobody", changed(["0.0.0.0/0"], public=False))


def changed(blocks: Any, *, public: bool = True) -> Record:
    config = {"endpointPublicAccess": public, "publicAccessCidrs": blocks}
    told = {"name": "prod", "resourcesVpcConfig": config}
    return record("eks:UpdateClusterConfig", iam_user("mallory"), requestParameters=told)
