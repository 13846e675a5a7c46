"""Kubernetes API of a cluster opened to the internet.

The API server of a cluster is its front door. Open to every address, it accepts a stolen token from
anywhere, and every flaw of the server is in reach.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.security_groups import Opening

MADE = "Cluster made with a Kubernetes API that is open to the internet"
CONFIG = "requestParameters.resourcesVpcConfig"


def detect(event: Event) -> Match | None:
    is_new = event.name == "CreateCluster"
    if is_new and (event.caller in DEPLOYMENT or event.get(CONFIG) is None):
        return None
    public = event.get(f"{CONFIG}.endpointPublicAccess")
    if str(public).lower() != "true" and not (is_new and public is None):
        return None  # a new cluster is public where the request does not say
    blocks = list(map(text_of, event.listed(f"{CONFIG}.publicAccessCidrs")))
    if blocks and not any(Opening(block, "tcp", 443, 443).is_world for block in blocks):
        return None
    if not (blocks or is_new) and event.get(f"{CONFIG}.endpointPrivateAccess") is not None:
        return None  # both switches are given, so the ranges stay as they are
    cluster = event.request("name")
    label = f"{cluster} is reachable from {', '.join(blocks) or 'anywhere'}"
    return Match(label, Severity.MEDIUM if is_new else None, cluster, MADE if is_new else "")


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
    story="a Kubernetes cluster",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
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
    yield from made()
    closed = {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    yield silent("closed", request(UPDATE, name="prod", resourcesVpcConfig=closed))


def made() -> Examples:
    """Tell of new clusters, which are public where the request does not say."""
    subnets = {"subnetIds": ["subnet-1", "subnet-2"]}
    new: Fields = {"name": "prod", "roleArn": "arn:aws:iam::111122223333:role/eks"}
    create = "eks:CreateCluster"
    unsaid = request(create, **new, resourcesVpcConfig=subnets)
    yield alerts("by default", unsaid, severity=Severity.MEDIUM, subject="prod")
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
