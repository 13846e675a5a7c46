"""Infrastructure built by a principal for the first time.

A new pipeline or colleague sets up many things on the first day. A stranger who moves in does so,
too. All that other rules find of it is one alert for each principal and day. Its details say what
was done. One weak act alone is LOW.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, USER, Fields, assumed_role, request
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.signals import Building
from trailwarden.examples import Examples, Record, alerts, silent


def detect(_event: Event) -> Match | None:
    """See nothing in an event: this tells what other rules find."""
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=(),
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1546", "T1098"], Tactic.EXECUTION: ["T1648"]},
    response="Ask the owner of the principal whether they deployed it. If not, disable the "
    "credentials, and remove each of the things that the details name.",
    false_positives="A new pipeline, which `deploy_roles` should name, or a new colleague.",
    correlation=Building(timespan=DAY, group_by=by_actor),
    signals=True,
)


def examples() -> Examples:
    usual = request("ec2:RunInstances", ROLE)
    one, *others = built(USER, day=7)
    yield alerts("one act", usual, one, severity=Severity.LOW)
    yield alerts("one act that is bad alone", usual, others[1], severity=Severity.HIGH)
    yield alerts("two acts", usual, one, others[0], severity=Severity.MEDIUM)
    yield alerts(
        "two acts, days apart", usual, one, *built(USER, day=9)[1:2], severity=Severity.LOW
    )
    worst = Severity.HIGH
    yield alerts("a first deployment", usual, *built(USER, day=7), severity=worst, label=PUSHED)
    data = {"federatedProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/github"}
    build = built(assumed_role("deploy", webIdFederationData=data), day=7)
    yield alerts("one act of a build, of two kinds", usual, build[2], severity=Severity.LOW)
    yield alerts("a build's first deployment", usual, *build, severity=Severity.MEDIUM)
    yield silent("in the first week", usual, *built(USER, day=6))
    yield silent("as ever", *built(ROLE, day=0), *built(ROLE, day=8))


PUSHED = "Container image pushed by a new principal: app"


def built(by: Fields, *, day: int) -> list[Record]:
    mapping: Fields = {"functionName": "orders", "eventSourceArn": "arn"}
    image: Fields = {"repositoryName": "app", "imageTag": "1", "imageManifest": "{}"}
    overrides = {"taskRoleArn": "arn:aws:iam::111122223333:role/web"}
    return [
        request("lambda:CreateEventSourceMapping20150331", by, day=day, **mapping),
        request("ecr:PutImage", by, day=day, minute=2, **image),
        request("ecs:RunTask", by, day=day, minute=4, taskDefinition="t", overrides=overrides),
    ]
