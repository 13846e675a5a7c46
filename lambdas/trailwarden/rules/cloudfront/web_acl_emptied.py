"""CloudFront distribution lost its web ACL.

A distribution names its web ACL among dozens of other settings. An update with an empty name takes
the filter away from everything behind it.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import DAY, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent

CONFIG = "requestParameters.distributionConfig"


def detect(event: Event) -> Match | None:
    if not isinstance(event.get(CONFIG), dict):
        return None
    return Match(
        "guarded" if event.text(f"{CONFIG}.webACLId") else "unguarded", subject=name(event)
    )


def name(event: Event) -> str:
    """Return the id of the distribution, which stays the same."""
    return event.request("id") or event.answer("distribution.id")


def by_distribution(event: Event) -> str:
    """Group by distribution."""
    return f"{event.recipient_account_id}/{name(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudfront:CreateDistribution", "cloudfront:UpdateDistribution"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Attach the web ACL to the distribution again. Ask the last caller. If it was not "
    "intended, look in the distribution's logs for attacks since.",
    false_positives="The owner takes a distribution out of use.",
    correlation=TemporalOrdered(
        labels=("guarded", "unguarded"), timespan=30 * DAY, group_by=by_distribution
    ),
)

WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/1a2b3c"
OWN = "EDFDVBD6EXAMPLE"


def examples() -> Examples:
    yield alerts("taken away", update(WEB_ACL), update("", day=3), subject=OWN)
    made = request(
        "cloudfront:CreateDistribution2020_05_31",
        distributionConfig={"enabled": True, "webACLId": WEB_ACL},
        answer={"distribution": {"id": OWN}},
    )
    yield alerts("made with one", made, update("", day=3))
    yield silent("never had one", update(""), update("", day=3))
    yield silent("another one", update(WEB_ACL), update("other", day=3))
    yield silent("got one", update(""), update(WEB_ACL, day=3))
    yield silent("another distribution's", update(WEB_ACL), update("", day=3, own="E2"))


def update(web_acl: str, *, day: int = 0, own: str = OWN) -> Record:
    settings = {"enabled": True, "webACLId": web_acl}
    action = "cloudfront:UpdateDistribution2020_05_31"
    return request(action, day=day, id=own, distributionConfig=settings)
