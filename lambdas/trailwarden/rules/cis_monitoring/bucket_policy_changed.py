"""Access settings of a bucket changed.

The CIS benchmark wants an alarm on each change of a bucket's access. A change that makes the bucket
public has a rule of its own, which is on.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketCors",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketReplication",
        "s3:PutBucketAcl",
        "s3:PutBucketCors",
        "s3:PutBucketLifecycle",
        "s3:PutBucketPolicy",
        "s3:PutBucketReplication",
    ],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.COLLECTION: ["T1530"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    change = request("s3:PutBucketPolicy", bucketName="reports", bucketPolicy={})
    yield alerts("a policy", change, label="PutBucketPolicy reports")
    yield silent("refused", refused("s3:PutBucketPolicy"))
    yield silent("a policy is read", request("s3:GetBucketPolicy", bucketName="reports"))
