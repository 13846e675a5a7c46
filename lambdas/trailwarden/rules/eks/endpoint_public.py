"""Kubernetes API of a cluster opened to the internet.

The API server of a cluster is its front door. Open to every address, it accepts a stolen token from
anywhere, and every flaw of the server is in reach.
"""

from collections.abc import Iterable, Sequence

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.cloudtrail.values import text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.eks import cluster_of
from trailwarden.services.rds import is_true
from trailwarden.services.security_groups import Opening

SET = "Kubernetes API of a cluster set to be open to the internet"
MADE = "Cluster made with a Kubernetes API that is open to the internet"
CONFIG = "requestParameters.resourcesVpcConfig"


def detect(event: Event) -> Match | None:
    is_new, cluster = event.name == "CreateCluster", cluster_of(event)
    if event.get(CONFIG) is None:
        return None
    blocks = list(map(text_of, event.listed(f"{CONFIG}.publicAccessCidrs")))
    is_closed = closed(event, blocks)
    if is_closed is not False:
        return Match(state(closed=True), subject=cluster) if is_closed else None
    if not is_new:
        return Match(state(closed=False), subject=cluster)
    if event.caller in DEPLOYMENT:
        return Match(state(closed=LEFT_OFF), Severity.INFORMATIONAL, cluster)
    label = f"{cluster} is reachable from {', '.join(blocks) or 'anywhere'}"
    return Match([label, state(closed=LEFT_OFF)], Severity.MEDIUM, cluster, MADE)


def closed(event: Event, blocks: Sequence[str]) -> bool | None:
    """Say whether the internet cannot reach the cluster; None where that stays as it was."""
    public, is_new = event.get(f"{CONFIG}.endpointPublicAccess"), event.name == "CreateCluster"
    if public is None and (blocks or is_new):
        return bool(blocks) and not admits_all(blocks)
    if public is None:
        return None
    if not is_true(public) or (blocks and not admits_all(blocks)):
        return True
    if not (blocks or is_new) and event.get(f"{CONFIG}.endpointPrivateAccess") is not None:
        return None  # both switches are given, so the ranges stay as they are
    return False


def admits_all(blocks: Iterable[str]) -> bool:
    return any(Opening(block, "tcp", 443, 443).is_world for block in blocks)


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
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Close the endpoint, or limit it to known addresses, with `aws eks "
    "update-cluster-config`. Then search the audit log for requests from outside since.",
    false_positives="Clusters that are meant to be administered from anywhere.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_name, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    story="a Kubernetes cluster",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    world, label = public("0.0.0.0/0"), "closed: off"
    opened, attempt = request(UPDATE, **world), refused(UPDATE, **world)
    yield alerts("to everyone", opened, severity=Severity.HIGH, subject="prod", label=label)
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="prod")
    quarters = public("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2")
    yield alerts("in four quarters", request(UPDATE, **quarters))
    yield alerts("without ranges", request(UPDATE, **public()), label=label)
    ranges = {"publicAccessCidrs": ["0.0.0.0/0"]}
    wider = request(UPDATE, name="prod", resourcesVpcConfig=ranges)
    yield alerts("by its ranges alone", wider, severity=Severity.HIGH, label=label)
    fewer = {"publicAccessCidrs": ["198.51.100.0/24"]}
    yield silent("fewer ranges", request(UPDATE, name="prod", resourcesVpcConfig=fewer))
    yield silent("to the office", request(UPDATE, **public("198.51.100.0/24")))
    private = {"endpointPublicAccess": True, "endpointPrivateAccess": True}
    added = request(UPDATE, name="prod", resourcesVpcConfig=private)
    yield silent("from inside, too", added)
    yield from made()
    shut: Fields = {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    yield silent("closed", request(UPDATE, name="prod", resourcesVpcConfig=shut))
    yield from compared()


def compared() -> Examples:
    world = public("0.0.0.0/0")
    first, again = request(UPDATE, AWS, **world), request(UPDATE, day=2, **world)
    office = request(UPDATE, day=1, **public("198.51.100.0/24"))
    yield silent("open, as before", first, again)
    yield alerts("closed between", first, office, again, severity=Severity.HIGH)
    yield alerts("of another Region", {**first, "awsRegion": "eu-west-1"}, again)
    yield alerts("another cluster", request(UPDATE, AWS, **world | {"name": "x"}), again)
    yield alerts("known too long ago", first, request(UPDATE, day=401, **world))
    yield silent("known for long", first, request(UPDATE, day=400, **world))
    new: Fields = {"name": "prod", "roleArn": "arn:aws:iam::111122223333:role/eks"}
    made = request("eks:CreateCluster", DEPLOYER, **new, resourcesVpcConfig={})
    yield silent("open since the pipeline made it", made, again)
    subnets = {"subnetIds": ["subnet-1"]}
    yield silent("other subnets", request(UPDATE, name="prod", resourcesVpcConfig=subnets))


AWS = service_linked_role("AWSServiceRoleForAmazonEKS", "eks")


def made() -> Examples:
    """Tell of new clusters, which are public where the request does not say."""
    subnets = {"subnetIds": ["subnet-1", "subnet-2"]}
    new: Fields = {"name": "prod", "roleArn": "arn:aws:iam::111122223333:role/eks"}
    create = "eks:CreateCluster"
    unsaid = request(create, **new, resourcesVpcConfig=subnets)
    label = "prod is reachable from anywhere"
    yield alerts("by default", unsaid, severity=Severity.MEDIUM, subject="prod", label=label)
    limits = {"endpointPublicAccess": True, "publicAccessCidrs": ["198.51.100.0/24"]}
    yield silent("made for the office", request(create, **new, resourcesVpcConfig=subnets | limits))
    private = subnets | {"endpointPublicAccess": False, "endpointPrivateAccess": True}
    yield silent("made private", request(create, **new, resourcesVpcConfig=private))
    deployed = request(create, DEPLOYER, **new, resourcesVpcConfig=subnets)
    yield silent("by the pipeline", deployed)
    yield silent("without parameters", request(create))


UPDATE = "eks:UpdateClusterConfig"


def public(*blocks: str) -> Fields:
    ranges: Fields = {"publicAccessCidrs": list(blocks)} if blocks else {}
    return {"name": "prod", "resourcesVpcConfig": {"endpointPublicAccess": True} | ranges}
