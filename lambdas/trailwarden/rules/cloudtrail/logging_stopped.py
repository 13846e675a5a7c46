"""CloudTrail logging stopped or trail deleted.

Without a trail, nothing that happens next is on record, in an investigation or here. It is among
the first things that intruders try; somebody who is refused has still tried.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, assumed_role, denied, iam_user, record


def detect(event: Event) -> Match | None:
    done = "deleted" if event.name == "DeleteTrail" else "stopped"
    trail = event.text("requestParameters.name")[:200]
    if event.succeeded:
        return Match(f"{done} {trail}", subject=trail)
    if event.denied:
        return Match(f"was refused {event.name}", severity=Severity.MEDIUM, subject="refused")
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"],
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Start logging again, or create the trail anew. Ask the caller; if they did not do "
    "it, revoke their sessions and keys, then read the Event history of the hours around it, which "
    "no one can turn off.",
    false_positives="A trail that another one, of the organization, has replaced.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html"
    ],
)

TRAIL = {"name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/management"}


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("stopped", record("cloudtrail:StopLogging", mallory, requestParameters=TRAIL))
    yield alerts(
        "deleted by a role",
        record("cloudtrail:DeleteTrail", assumed_role("Ops"), requestParameters={"name": "main"}),
    )
    yield alerts("refused", denied("cloudtrail:StopLogging", mallory))
    yield silent("started", record("cloudtrail:StartLogging", mallory, requestParameters=TRAIL))
    yield silent(
        "a trail that is not there",
        record(
            "cloudtrail:DeleteTrail",
            mallory,
            requestParameters={"name": f"trail-of-{OTHER_ACCOUNT}"},
            errorCode="TrailNotFoundException",
        ),
    )
