"""WAF logging deleted.

The log of a web ACL is the only full record of the requests to an application. It also names the
rules that let them pass.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request


def detect(event: Event) -> Match:
    web_acl = event.request("resourceArn")
    return Match(web_acl, subject=web_acl)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "waf-regional:DeleteLoggingConfiguration",
        "waf:DeleteLoggingConfiguration",
        "wafv2:DeleteLoggingConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn logging on again. Ask the caller. If they did not plan it, read the "
    "application's own logs since then.",
    false_positives="An engineer takes a web ACL down. Name the roles that deploy.",
)


def examples() -> Iterator[Example]:
    web_acl = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/web/1a2b3c"
    delete = "wafv2:DeleteLoggingConfiguration"
    yield alerts("deleted", request(delete, resourceArn=web_acl), subject=web_acl)
    yield silent("refused", refused(delete))
