"""New trail created.

A new trail can be an attacker's own copy of every event, in a bucket of theirs. Usually a colleague
sets up logging, so this is recorded and wakes nobody.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    trail = event.request("name")
    return Match(f"{trail} delivers to {event.request('s3BucketName')}", subject=trail)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:CreateTrail"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1530", "T1119"]},
    response="Check whose bucket the trail delivers to. If the bucket is not yours, delete the "
    "trail and contain the caller.",
    false_positives="An engineer sets up an account.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    copy = request("cloudtrail:CreateTrail", name="copy", s3BucketName="loot")
    yield alerts("created", copy, subject="copy", label="copy delivers to loot")
    yield silent("refused", refused("cloudtrail:CreateTrail"))
