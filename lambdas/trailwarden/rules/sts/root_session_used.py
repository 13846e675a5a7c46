"""Central root session changed a member account.

The management account acts as root of a member by AssumeRoot. In the member account, only the acts
of that session are seen: a policy deleted, a root password made.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import thing_of


def detect(event: Event) -> Match | None:
    if event.read_only:
        return None
    act = f"{event.action} {thing_of(event)}".strip()
    return Match(f"{act}{'' if event.succeeded else ', which failed'}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["Root"], "sessionContext": {"assumedRoot": ["true"]}}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"]},
    response="Look in the management account for `AssumeRoot`, and ask its caller for the reason. "
    "Without one, undo the act, and revoke the caller's access there.",
    false_positives="A planned clean-up of root credentials, or a bucket that nobody can open.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html"
    ],
)

SESSION = ROOT | {"sessionContext": {"assumedRoot": "true"}}


def examples() -> Examples:
    unlocked = request("s3:DeleteBucketPolicy", SESSION, bucketName="b")
    yield alerts("a bucket", unlocked, severity=Severity.LOW, label="s3:DeleteBucketPolicy b")
    failed = refused("s3:DeleteBucketPolicy", SESSION, bucketName="b")
    yield alerts("a refused act", failed, label="s3:DeleteBucketPolicy b, which failed")
    yield silent("a look", request("s3:GetBucketPolicy", SESSION, bucketName="b"))
    yield silent("root itself", request("s3:DeleteBucketPolicy", ROOT, bucketName="b"))
