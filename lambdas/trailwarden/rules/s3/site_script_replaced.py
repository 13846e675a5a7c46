"""Script of a static site uploaded by hand.

The JavaScript of a site runs in every visitor's browser: skimmers and wallet drainers arrive this
way. Builds upload such files, and people rarely do.
"""

import re

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of

ASSET = re.compile(
    r"(?:\A|/)(?:static/(?:js/)?[^/]{1,150}\.js|[^/]{1,150}\.bundle\.js|index\.html)\Z"
)
LONGEST_KEY = 1024


def detect(event: Event) -> Match | None:
    bucket, key = bucket_of(event), event.request("key")
    if len(key) > LONGEST_KEY or not ASSET.search(key):
        return None
    return Match(f"{key} in {bucket}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutObject"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1491.002", "T1565.001"]},
    response="Compare the object with the build that makes it. Purge the caches of the CDN.",
    false_positives="Developers who deploy from their own machines.",
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    for key in ("app/static/js/main.4f2a.js", "vendor.bundle.js", "index.html"):
        yield alerts(key, request("s3:PutObject", bucketName="site", key=key), subject="site")
    yield silent("an image", request("s3:PutObject", bucketName="site", key="static/logo.png"))
