"""Script or page of a static site uploaded by hand.

Whoever can replace a site's JavaScript runs code in every visitor's browser: skimmers and wallet
drainers arrive this way. Builds upload such files, people seldom do.
"""

import re
from collections.abc import Iterator
from typing import Any

from trailwarden import (
    Event,
    Example,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, by_machine

ASSET = re.compile(
    r"(?:\A|/)(?:static/(?:js/)?[^/]{1,150}\.js|[^/]{1,150}\.bundle\.js|index\.html)\Z"
)


def detect(event: Event) -> Match | None:
    key = event.text("requestParameters.key")
    if not event.succeeded or by_machine(event):
        return None
    if len(key) > 1024 or not ASSET.search(key):  # noqa: PLR2004 - the longest key of S3
        return None
    return Match(f"{key[-80:]} in {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutObject"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1491.002", "T1565.001"]},
    response="Compare the object with the build it should come from, and purge the CDN's caches.",
    false_positives="Developers who deploy from their own machines.",
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a script", put("app/static/js/main.4f2a.js", alice))
    yield alerts("the front page", put("index.html", alice))
    yield silent("an image", put("static/logo.png", alice))
    yield silent("the pipeline", put("index.html", assumed_role("deploy")))


def put(key: str, identity: dict[str, Any]) -> Record:
    told = {"bucketName": "site", "key": key}
    return record("s3:PutObject", identity, requestParameters=told, eventCategory="Data")
