"""Account's S3 public access block removed.

The block of the account overrides every bucket. Without it, any bucket can be opened to everyone.
An attacker who wants to leak or to host files removes it first.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import weakened_blocks

ALL = 4
WEAKENED = "Account's S3 public access block weakened"


def detect(event: Event) -> Match | None:
    account, off = event.recipient_account_id, weakened_blocks(event)
    if event.name.startswith("Delete") or len(off) == ALL:
        return Match(f"the whole block of {account} off", severity=Severity.CRITICAL)
    return Match(f"{', '.join(off)} of {account} off", title=WEAKENED) if off else None


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
)


def examples() -> Examples:
    delete, put = "s3:DeleteAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"
    on = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    yield alerts("deleted", request(delete, accountId=ACCOUNT), severity=Severity.CRITICAL)
    off = dict.fromkeys(on, False)
    switched_off = request(put, accountId=ACCOUNT, PublicAccessBlockConfiguration=off)
    yield alerts("switched off", switched_off, severity=Severity.CRITICAL)
    part = on | {"RestrictPublicBuckets": "false"}
    weakened = request(put, accountId=ACCOUNT, PublicAccessBlockConfiguration=part)
    yield alerts("weakened", weakened, severity=Severity.HIGH)
    yield alerts("a refused request", refused(delete), severity=Severity.MEDIUM)
    yield silent("switched on", request(put, PublicAccessBlockConfiguration=on))
    yield silent("a refused change without parameters", refused(put))
