"""CloudTrail Insights recorded unusual activity.

AWS compares the rate of each call, and of each error, with the account's own past. A sudden rate
comes from a broken deployment, or from an intruder's script.
"""

from typing import Any

from trailwarden import ATTEMPTED, NOBODY, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import record
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    service = event.text("insightDetails.eventSource").partition(".")[0]
    call = f"{service}:{event.text('insightDetails.eventName')}"
    kind = event.text("insightDetails.insightType")
    return Match(f"{kind} of {call}", subject=f"{call} {kind}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"eventCategory": ["Insight"], "insightDetails": {"state": ["Start"]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Open the insight in the CloudTrail console and read whose calls make the rate. Ask "
    "them. If they cannot explain the calls, revoke their sessions and keys.",
    false_positives="Deployments, migrations, load tests and a client that retries without end.",
    log_class=LogClass.INSIGHT,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html"
    ],
)


def examples() -> Examples:
    subject = "iam:ListUsers ApiCallRateInsight"
    yield alerts("an insight begins", insight("Start"), subject=subject)
    yield silent("it ends", insight("End"))
    yield silent("an ordinary event", record("iam:ListUsers", {}))


def insight(state: str) -> Record:
    details: dict[str, Any] = {
        "state": state,
        "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers",
        "insightType": "ApiCallRateInsight",
    }
    return record("iam:ListUsers", {}, insightDetails=details, eventCategory="Insight")
