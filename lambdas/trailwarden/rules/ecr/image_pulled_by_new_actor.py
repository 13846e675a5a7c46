"""Container images pulled by a new principal.

Images hold a company's programs, and often secrets that were forgotten in them. Nodes and pipelines
pull them all day. A new principal may be looking for the secrets.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, WORKLOADS, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, instance_role, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor, subject=event.request("repositoryName"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"],
    exempt=DEPLOYMENT | WORKLOADS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213"], Tactic.CREDENTIAL_ACCESS: ["T1528"]},
    response="Find out which images were pulled, from where, and whether secrets are in them.",
    false_positives="New programs and new colleagues.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual = pulled(ROLE, day=0)
    yield alerts("a new principal", usual, pulled(USER, day=7), subject="app")
    yield alerts("beside the nodes", pulled(instance_role("n"), day=0), pulled(USER, day=7))
    yield silent("the usual one", usual, pulled(ROLE, day=8))
    yield silent("in the first week", usual, pulled(USER, day=6))


def pulled(by: Fields, *, day: int) -> Record:
    image: Fields = {"repositoryName": "app", "imageIds": [{"imageTag": "1"}]}
    return request("ecr:BatchGetImage", by, day=day, **image)
