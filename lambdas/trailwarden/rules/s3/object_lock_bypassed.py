"""Object Lock bypassed.

Ransomware cannot reach locked objects. The caller reached them with a permission that almost no
principal should have.
"""

from trailwarden import AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of

BYPASS = "requestParameters.x-amz-bypass-governance-retention"
LIFTED = "Legal hold of an object lifted"


def detect(event: Event) -> Match | None:
    bucket, key = bucket_of(event), event.request("key") or "several objects"
    if "true" in [str(value).lower() for value in event.listed(BYPASS)]:
        return Match(f"governance bypassed for {key} in {bucket}", subject=bucket)
    if event.name == "PutObjectLegalHold" and event.request("LegalHold.Status") == "OFF":
        return Match(f"legal hold lifted from {key} in {bucket}", subject=bucket, title=LIFTED)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask who approved it. If nobody did, revoke the caller's sessions and keys. Take "
    "`s3:BypassGovernanceRetention` away from everyone, and list the locked versions that are "
    "gone.",
    false_positives="The legal hold ends because the case is closed.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"],
)


def examples() -> Examples:
    plan: Fields = {"bucketName": "plans", "key": "plan-1"}
    bypass = plan | {"x-amz-bypass-governance-retention": "true"}
    for action in ("s3:DeleteObject", "s3:DeleteObjects", "s3:PutObjectRetention"):
        yield alerts(action, request(action, **bypass), severity=Severity.HIGH, subject="plans")
    hold = "s3:PutObjectLegalHold"
    lifted = request(hold, **plan, LegalHold={"Status": "OFF"})
    yield alerts("a legal hold lifted", lifted, subject="plans")
    attempt = refused("s3:PutObjectRetention", **bypass)
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    yield silent("a legal hold", request(hold, **plan, LegalHold={"Status": "ON"}))
    yield silent("an object deleted", request("s3:DeleteObject", **plan))
