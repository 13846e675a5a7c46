"""Kubernetes cluster made or deleted by a person.

Deleting a cluster stops everything that runs on it. Making one by hand, outside the pipeline, is
rare, and miners do it because a cluster scales by itself.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    deletes = event.name == "DeleteCluster"
    if not event.succeeded or event.by_automation or (is_plain_role and not deletes):
        return None
    cluster = event.text("requestParameters.name")
    severity = Severity.HIGH if deletes else None
    return Match(f"{event.name} {cluster[:60]}", severity=severity, subject=cluster)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:CreateCluster", "eks:DeleteCluster"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1496.001"]},
    response="Ask whoever it was. If they know nothing of it, disable the credentials, then "
    "restore the cluster from code, or delete the one that was made.",
    false_positives="Clusters for trials, and their clean-up.",
)


def examples() -> Iterator[Example]:
    user, role = iam_user("mallory"), assumed_role("web")
    yield alerts("a user makes one", asked("CreateCluster", user))
    yield alerts("a user deletes one", asked("DeleteCluster", user))
    yield alerts("a role deletes one", asked("DeleteCluster", role))
    yield silent("a pipeline makes one", asked("CreateCluster", role))
    yield silent("a stack deletes one", asked("DeleteCluster", aws_service("cloudformation")))


def asked(name: str, who: Fields) -> Record:
    return record(f"eks:{name}", who, requestParameters={"name": "prod"})
