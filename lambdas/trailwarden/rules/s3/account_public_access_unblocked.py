"""Account's S3 public access block removed.

The block of the account overrides every bucket. Without it, any bucket can be opened to everyone.
An attacker who wants to leak or to host files removes it first.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, refused, request
from trailwarden.correlations import DAY, Worsened, by_account
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import BLOCKS, weakened_blocks

WEAKENED = "Account's S3 public access block weakened"


def detect(event: Event) -> Match | None:
    if event.name.startswith("Delete"):
        account = event.recipient_account_id
        return Match(f"the whole block of {account} off", severity=Severity.CRITICAL)
    if not event.listed("requestParameters.PublicAccessBlockConfiguration"):
        return None
    off = weakened_blocks(event)
    severity = Severity.CRITICAL if len(off) == len(BLOCKS) else None
    return Match(state(**{name: name not in off for name in BLOCKS}), severity, title=WEAKENED)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1578.005"]},
    response="Switch the block of the account on again at once. Look for bucket policies, ACLs and "
    "bucket blocks that have changed since. Ask the owner of the caller's credentials.",
    false_positives="An account that begins to host public websites. Use a separate account.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html"
    ],
    correlation=Worsened(timespan=400 * DAY, group_by=by_account, unknown=Severity.CRITICAL),
)

PUT = "s3:PutAccountPublicAccessBlock"


def examples() -> Examples:
    delete = "s3:DeleteAccountPublicAccessBlock"
    yield alerts("deleted", request(delete, accountId=ACCOUNT), severity=Severity.CRITICAL)
    off = dict.fromkeys(BLOCKS, False)
    yield alerts("switched off", put(**off), severity=Severity.CRITICAL)
    weakened = put(RestrictPublicBuckets="false")
    yield alerts("weakened", weakened, severity=Severity.HIGH)
    yield alerts("a refused request", refused(delete), severity=Severity.MEDIUM)
    yield silent("switched on", put())
    yield silent("a refused change without parameters", refused(PUT))
    again = put(day=2, RestrictPublicBuckets=False)
    known = {**weakened, "userIdentity": {"type": "AWSService", "invokedBy": "x.amazonaws.com"}}
    yield silent("as before", known, again)
    yield alerts("on between", known, put(day=1), again, severity=Severity.HIGH)
    yield alerts("more of it", known, put(day=2, **off), severity=Severity.CRITICAL)
    of_other = {**known, "recipientAccountId": OTHER_ACCOUNT}
    yield alerts("of another account", of_other, again, severity=Severity.HIGH)
    later = (put(day=day, RestrictPublicBuckets=False) for day in (400, 401))
    for told, story in zip(later, (silent, alerts), strict=True):
        yield story(f"known at {told['eventTime']}", known, told)


def put(*, day: float = 0, **blocks: object) -> Record:
    asked: Fields = {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, True) | blocks}
    return request(PUT, day=day, accountId=ACCOUNT, **asked)
