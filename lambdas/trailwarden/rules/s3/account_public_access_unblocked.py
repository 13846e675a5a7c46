"""Account's S3 public access block removed or weakened.

The account-wide block holds whatever single buckets say. Without it, any bucket can be opened to
everyone, so an attacker who means to leak or to host takes it away first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import weakened_blocks

ALL = 4


def detect(event: Event) -> Match | None:
    deletes = event.name.startswith("Delete")
    if event.denied and deletes:
        return Match("attempt to remove it", severity=Severity.MEDIUM)
    if not event.succeeded:
        return None
    off = weakened_blocks(event)
    if deletes or len(off) == ALL:
        return Match("the whole block off", severity=Severity.CRITICAL)
    return Match(f"{', '.join(off)} off") if off else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1578.005"]},
    response="Switch the account's block on again at once. Then look for bucket policies, ACLs "
    "and bucket blocks that were changed since, and question whoever's key this was.",
    false_positives="An account that starts to host public websites; do that in one of its own.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html"
    ],
)


def examples() -> Iterator[Example]:
    on = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    yield alerts("deleted", record("s3:DeleteAccountPublicAccessBlock", iam_user("mallory")))
    yield alerts("switched off", put(dict.fromkeys(on, False)))
    yield alerts("weakened", put(on | {"RestrictPublicBuckets": "false"}))
    yield alerts("an attempt", denied("s3:DeleteAccountPublicAccessBlock", iam_user("mallory")))
    yield silent("switched on", put(on))
    yield silent("a refused change", denied("s3:PutAccountPublicAccessBlock", iam_user("mallory")))


def put(configuration: Any) -> Record:
    told = {"accountId": "111122223333", "PublicAccessBlockConfiguration": configuration}
    return record("s3:PutAccountPublicAccessBlock", iam_user("mallory"), requestParameters=told)
