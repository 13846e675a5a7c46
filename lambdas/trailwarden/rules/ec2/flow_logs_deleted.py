"""VPC flow logs were deleted.

Flow logs tell which machine talked to whom. Without them, a connection to the attacker's server or
a scan of the network leaves no trace in AWS.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    asked = event.get("requestParameters")
    logs = texts(asked, "flowLogId") or texts(asked, "content")
    kept = texts(event.get("responseElements"), "resourceId")
    if event.by_service or event.error_code or (kept and len(kept) >= len(logs)):
        return None
    severity = Severity.LOW if event.by_automation else None
    return Match(f"deleted {', '.join(logs)[:80] or 'flow logs'}", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteFlowLogs"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Create the flow logs again at once. Ask whoever deleted them why; if nobody knows, "
    "disable the credentials and review what they did before and after.",
    false_positives="A VPC that is taken down together with its flow logs.",
)


def examples() -> Iterator[Example]:
    nested = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0123456789abcdef0"}}}
    yield alerts("a user deletes them", deletion(nested, {"unsuccessful": {}}))
    yield alerts("written as a list", deletion({"flowLogId": ["fl-1"]}, {"unsuccessful": []}))
    failed = {"unsuccessful": {"items": [{"resourceId": "fl-1"}]}}
    some = {"DeleteFlowLogsRequest": {"FlowLogId": [{"content": "fl-1"}, {"content": "fl-2"}]}}
    yield alerts("one of two is no flow log", deletion(some, {"DeleteFlowLogsResponse": failed}))
    yield silent("the answer lists failures", deletion(nested, {"DeleteFlowLogsResponse": failed}))
    yield silent("a refusal", denied("ec2:DeleteFlowLogs", iam_user("alice")))


def deletion(asked: Fields, answer: Fields) -> Record:
    told: Fields = {"requestParameters": asked, "responseElements": answer}
    return record("ec2:DeleteFlowLogs", iam_user("alice"), **told)
