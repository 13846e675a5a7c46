"""Kubernetes API of a cluster opened to the internet.

The API server of a cluster is its front door. Open to every address, it accepts a stolen token from
anywhere, and every flaw of the server is in reach.
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
from trailwarden.cloudtrail.values import text_of
from trailwarden.services.security_groups import Opening

CONFIG = "requestParameters.resourcesVpcConfig"


def detect(event: Event) -> Match | None:
    if str(event.get(f"{CONFIG}.endpointPublicAccess")).lower() != "true":
        return None
    blocks = list(map(text_of, event.listed(f"{CONFIG}.publicAccessCidrs")))
    if blocks and not any(Opening(block, "tcp", 443, 443).is_world for block in blocks):
        return None
    if not blocks and event.get(f"{CONFIG}.endpointPrivateAccess") is not None:
        return None  # both switches are given, so the ranges stay as they are
    cluster = event.request("name")
    return Match(f"{cluster} is reachable from {', '.join(blocks) or 'anywhere'}", subject=cluster)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:UpdateClusterConfig"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Close the endpoint, or limit it to known addresses, with `aws eks "
    "update-cluster-config`. Then search the audit log for requests from outside since.",
    false_positives="Clusters that are meant to be administered from anywhere.",
)


def examples() -> Iterator[Example]:
    world, label = public("0.0.0.0/0"), "prod is reachable from 0.0.0.0/0"
    opened, attempt = request(UPDATE, **world), refused(UPDATE, **world)
    yield alerts("to everyone", opened, severity=Severity.HIGH, subject="prod", label=label)
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="prod")
    quarters = public("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2")
    yield alerts("in four quarters", request(UPDATE, **quarters))
    label = "prod is reachable from anywhere"
    yield alerts("without ranges", request(UPDATE, **public()), label=label)
    yield silent("to the office", request(UPDATE, **public("198.51.100.0/24")))
    private = {"endpointPublicAccess": True, "endpointPrivateAccess": True}
    added = request(UPDATE, name="prod", resourcesVpcConfig=private)
    yield silent("from inside, too", added)
    closed = {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    yield silent("closed", request(UPDATE, name="prod", resourcesVpcConfig=closed))


UPDATE = "eks:UpdateClusterConfig"


def public(*blocks: str) -> Fields:
    ranges: Fields = {"publicAccessCidrs": list(blocks)} if blocks else {}
    return {"name": "prod", "resourcesVpcConfig": {"endpointPublicAccess": True} | ranges}
