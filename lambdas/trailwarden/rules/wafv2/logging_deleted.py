"""WAF logging deleted.

The log of a web ACL is the only full record of the requests that were made to an application, and
of what let them pass.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    which = event.text("requestParameters.resourceArn")[:200]
    return Match(f"of {which}", subject=which)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "waf-regional:DeleteLoggingConfiguration",
        "waf:DeleteLoggingConfiguration",
        "wafv2:DeleteLoggingConfiguration",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn logging on again. Ask the caller; if they did not plan it, look at the "
    "application's own logs since then.",
    false_positives="A web ACL that is taken down; name the roles that deploy.",
)


def examples() -> Iterator[Example]:
    ops = assumed_role("Ops")
    yield alerts("deleted", delete("wafv2", ops))
    yield alerts("of the old kind", delete("waf-regional", ops))
    yield silent("by CloudFormation", delete("wafv2", aws_service("cloudformation")))


def delete(service: str, identity: dict[str, Any]) -> Record:
    web_acl = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/web/1a2b3c"
    action = f"{service}:DeleteLoggingConfiguration"
    return record(action, identity, requestParameters={"resourceArn": web_acl})
