"""Kubernetes cluster changed outside the pipeline.

The deletion of a cluster stops everything that runs on it. Few people create one by hand. Miners do
it because a cluster scales by itself.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

TITLES = {
    "CreateCluster": "Kubernetes cluster created outside the pipeline",
    "DeleteCluster": "Kubernetes cluster deleted outside the pipeline",
}


def detect(event: Event) -> Match:
    cluster, deletes = event.request("name"), event.name == "DeleteCluster"
    return Match(cluster, Severity.HIGH if deletes else None, cluster, TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:CreateCluster", "eks:DeleteCluster"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1496.001"]},
    response="Ask the caller. If they do not know of it, disable the credentials. Then restore the "
    "deleted cluster from code, or delete the new one.",
    false_positives="Clusters for trials, and their clean-up.",
    story="a Kubernetes cluster",
)


def examples() -> Examples:
    cluster: Fields = {"name": "prod", "roleArn": "arn", "resourcesVpcConfig": {}}
    created = request("eks:CreateCluster", **cluster)
    yield alerts("created", created, severity=Severity.MEDIUM, subject="prod")
    deleted = request("eks:DeleteCluster", name="prod")
    yield alerts("deleted", deleted, severity=Severity.HIGH, subject="prod")
    yield alerts("a refusal", refused("eks:DeleteCluster", name="prod"), severity=Severity.LOW)
    failed = request("eks:DeleteCluster", name="prod", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
