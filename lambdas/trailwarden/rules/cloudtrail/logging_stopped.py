"""CloudTrail logging stopped.

Without a trail the next acts are on no record, neither for an investigation nor for these rules.
Intruders try this early. A refused attempt is an attempt, too.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {"DeleteTrail": "CloudTrail trail deleted", "StopLogging": "CloudTrail logging stopped"}


def detect(event: Event) -> Match:
    trail = event.request("name")
    return Match(f"{event.name} {trail}".strip(), subject=trail, title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Start logging again, or create the trail anew. Ask the caller. If they did not do "
    "it, revoke their sessions and keys. Then read the Event history of those hours, which nobody "
    "can turn off.",
    false_positives="A trail of the organization has replaced this one.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html"
    ],
)

TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/management"


def examples() -> Examples:
    stopped = request("cloudtrail:StopLogging", name=TRAIL)
    yield alerts("stopped", stopped, severity=Severity.CRITICAL, subject=TRAIL)
    yield alerts("deleted by a role", request("cloudtrail:DeleteTrail", ROLE, name="main"))
    yield alerts("refused", refused("cloudtrail:StopLogging"), severity=Severity.MEDIUM)
    yield silent("started", request("cloudtrail:StartLogging", name=TRAIL))
    absent = {"errorCode": "TrailNotFoundException"}
    yield silent("no such trail", request("cloudtrail:DeleteTrail", name="x", fields=absent))
