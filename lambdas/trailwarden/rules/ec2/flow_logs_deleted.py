"""VPC flow logs deleted.

Flow logs show the connections of each machine. Without them, a connection to the attacker's server
and a scan of the network leave no trace in AWS.
"""

from trailwarden import (
    ATTEMPTED,
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import Fields, execution_role, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.hand_work import IN_SANDBOX
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import in_short, texts


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    wanted = texts(parameters, "flowLogId") or texts(parameters, "content")
    kept = texts(event.get("responseElements"), "resourceId")
    deleted = [log for log in wanted if log not in kept]
    if event.outcome is Outcome.FAILED and not (kept and deleted):
        return None
    severity = Severity.LOW if event.caller in DEPLOYMENT else None
    return Match(in_short(deleted) or "flow logs", severity, subject=in_short(deleted))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteFlowLogs"],
    exempt=AWS_ITSELF,
    # an answer that lists some failures counts as failed, and yet deletes the others
    outcome=ATTEMPTED._replace(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    hand_work=IN_SANDBOX,
    story="destruction",
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Create the flow logs again at once. Ask the caller why they deleted them. If nobody "
    "can say, disable the credentials and review the caller's other acts.",
    false_positives="An administrator takes down a VPC together with its flow logs. The "
    "alert about a deploy role has low severity.",
    references=["https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html"],
    window=7 * DAY,
)


def examples() -> Examples:
    nested: Fields = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}}
    done: Fields = {"unsuccessful": {}}
    user = request(ACTION, answer=done, **nested)
    yield alerts("a user", user, severity=Severity.HIGH, subject="fl-1")
    yield alerts("written as a list", request(ACTION, flowLogId=["fl-1"]), subject="fl-1")
    failed: Fields = {"unsuccessful": {"items": [{"resourceId": "fl-1"}]}}
    answer: Fields = {"DeleteFlowLogsResponse": failed}
    some: Fields = {
        "DeleteFlowLogsRequest": {"FlowLogId": [{"content": f"fl-{n}"} for n in (1, 2)]}
    }
    yield alerts("one of two", request(ACTION, answer=answer, **some), subject="fl-2")
    stack = request(ACTION, execution_role(), via="cloudformation", **nested)
    yield alerts("a stack is taken down", stack, severity=Severity.LOW)
    yield alerts("a refused request", refused(ACTION, **nested), severity=Severity.MEDIUM)
    yield silent("the answer lists failures", request(ACTION, answer=answer, **nested))
    unknown = {"errorCode": "Client.InvalidFlowLogId.NotFound"}
    yield silent("no such flow log", request(ACTION, fields=unknown, **nested))


ACTION = "ec2:DeleteFlowLogs"
