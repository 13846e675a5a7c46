"""Large or accelerated Batch compute environment made by a person.

Batch starts as many servers as its limit allows, of the dearest kind if told so. Somebody with a
stolen key sets the limit high and submits miners as jobs.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record

LARGE = 256
ACCELERATED = ("p2", "p3", "p4", "p5", "p6", "g3", "g4", "g5", "g6", "trn", "inf")


def detect(event: Event) -> Match | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return None
    told = "requestParameters.computeResources"
    limit = event.get(f"{told}.maxvCpus")
    types = [t for t in event.listed(f"{told}.instanceTypes") if isinstance(t, str)]
    accelerated = next((t for t in types if t.startswith(ACCELERATED)), "")
    if not accelerated and not (isinstance(limit, int) and limit >= LARGE):
        return None
    name = event.text("requestParameters.computeEnvironmentName")
    return Match(f"{name[:50]} up to {str(limit)[:10]} vCPUs {accelerated[:20]}", subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["batch:CreateComputeEnvironment"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"]},
    response="Ask whoever it was. If they know nothing of it, disable the compute environment, "
    "terminate its instances, and disable the credentials.",
    false_positives="Researchers who set up a large computation by hand.",
)


def examples() -> Iterator[Example]:
    yield alerts("many processors", made(iam_user("mallory"), 1024, ["optimal"]))
    yield alerts("accelerators", made(iam_user("mallory"), 32, ["p3.2xlarge"]))
    yield silent("a small one", made(iam_user("alice"), 16, ["optimal"]))
    yield silent("a pipeline's", made(assumed_role("deploy"), 1024, ["optimal"]))


def made(who: Fields, limit: int, types: list[str]) -> Record:
    resources = {"type": "EC2", "maxvCpus": limit, "instanceTypes": types}
    told = {"computeEnvironmentName": "work", "computeResources": resources}
    return record("batch:CreateComputeEnvironment", who, requestParameters=told)
