"""CloudFront distribution lost its web ACL.

A distribution names its web ACL among dozens of other settings. An update that leaves the name
empty takes the filter away from everything behind it.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, TemporalOrdered, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record

CONFIG = "requestParameters.distributionConfig"


def detect(event: Event) -> str | None:
    if not event.succeeded or not isinstance(event.get(CONFIG), dict):
        return None
    return "guarded" if event.text(f"{CONFIG}.webACLId") else "unguarded"


def distribution(event: Event) -> str:
    """Return what stays the same of a distribution: the id, or the reference it was made with."""
    told = event.text("requestParameters.id") or event.text("responseElements.distribution.id")
    return f"{event.recipient_account_id}/{told}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudfront:CreateDistribution", "cloudfront:UpdateDistribution"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Attach the web ACL to the distribution again. Ask who updated it last; if they did "
    "not mean it, look in the distribution's logs for what came in since.",
    false_positives="A distribution that is taken out of use.",
    correlation=TemporalOrdered(
        labels=("guarded", "unguarded"), timespan=timedelta(days=30), group_by=distribution
    ),
)

WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/1a2b3c"


def examples() -> Iterator[Example]:
    yield alerts("taken away", update(WEB_ACL), update("", day=3))
    yield alerts("made with one", create(WEB_ACL), update("", day=3))
    yield silent("never had one", update(""), update("", day=3))
    yield silent("another one", update(WEB_ACL), update("other", day=3))
    yield silent("got one", update(""), update(WEB_ACL, day=3))
    yield silent("another distribution's", update(WEB_ACL), update("", day=3, which="E2"))


def update(web_acl: str, *, day: int = 0, which: str = "EDFDVBD6EXAMPLE") -> Record:
    request = {"id": which, "distributionConfig": {"enabled": True, "webACLId": web_acl}}
    action, minute = "cloudfront:UpdateDistribution2020_05_31", day * 24 * 60
    return record(action, assumed_role("Ops"), minute=minute, requestParameters=request)


def create(web_acl: str) -> Record:
    return record(
        "cloudfront:CreateDistribution2020_05_31",
        assumed_role("Ops"),
        requestParameters={"distributionConfig": {"enabled": True, "webACLId": web_acl}},
        responseElements={"distribution": {"id": "EDFDVBD6EXAMPLE"}},
    )
