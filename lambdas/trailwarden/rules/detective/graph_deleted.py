"""Detective behavior graph deleted.

The behavior graph keeps a year of acts, with caller and address. Nobody can restore it, and an
investigation without it starts from raw logs.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "DeleteMembers": "Members removed from a Detective behavior graph",
    "DisassociateMembership": "Account left its Detective behavior graph",
}


def detect(event: Event) -> Match:
    severity = Severity.HIGH if event.name == "DeleteGraph" else None
    graph = event.request("graphArn", "GraphArn")
    return Match(f"{event.name} {graph}", severity=severity, title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["detective:DeleteGraph", "detective:DeleteMembers", "detective:DisassociateMembership"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller. If they did not plan it, enable Detective again and revoke their "
    "access. Then read their acts in CloudTrail.",
    false_positives="The owner gives Detective up, or an account leaves the organization.",
)


def examples() -> Examples:
    graph = "arn:aws:detective:us-east-1:111122223333:graph:1"
    deleted = request("detective:DeleteGraph", GraphArn=graph)
    yield alerts("the graph", deleted, severity=Severity.HIGH, label=f"DeleteGraph {graph}")
    members = request("detective:DeleteMembers", GraphArn=graph, AccountIds=["444455556666"])
    yield alerts("members", members, severity=Severity.MEDIUM)
    yield alerts("refused", refused("detective:DeleteGraph"), severity=Severity.MEDIUM)
    failed = request("detective:DeleteGraph", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
