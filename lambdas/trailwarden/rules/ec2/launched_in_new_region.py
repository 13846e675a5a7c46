"""Instance launched in a Region that the account does not use.

Few people watch unused Regions, and their quotas are untouched. Both suit a thief of computing
power. An account uses a Region in which somebody worked on older things a week ago, or AWS scaled
its groups. It is LOW in a Region of `used_regions`.
"""

from typing import Any

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, aws_service, request
from trailwarden.correlations import by_account, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import REGIONAL_WORK
from trailwarden.services.ec2 import LAUNCHES


def detect(event: Event) -> Match | None:
    if event.action in REGIONAL_WORK:
        taught = Match(event.aws_region, Severity.INFORMATIONAL, event.aws_region)
        return taught if event.succeeded else None
    is_used = event.aws_region in event.environment.used_regions
    severity = Severity.LOW if is_used else None
    launched = Match(event.aws_region or "unknown", severity, event.aws_region)
    return None if event.is_dry_run else launched


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*LAUNCHES, *REGIONAL_WORK],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    story="new use of an account",
    attack={Tactic.DEFENSE_EVASION: ["T1535", "T1578.002"]},
    response="Ask the caller and the owner of the account whether they want the Region. If not, "
    "terminate the machines there, disable the credentials, and deny the Region.",
    false_positives="The account's first steps in another Region.",
    correlation=first_use(by_account, days=90, lesson_age=7, severe=True, exempt_teach=True),
)

ENVIRONMENT = Environment(used_regions=("us-east-1", "eu-west-1"))


def examples() -> Examples:
    usual, new = launch("us-east-1"), launch("ap-south-1", day=7)
    yield alerts("a new Region", usual, new, subject="ap-south-1", severity=Severity.HIGH)
    used = launch("eu-west-1", day=7)
    yield alerts("one that other accounts use", usual, used, severity=Severity.LOW)
    denial: Fields = {"errorCode": "Client.UnauthorizedOperation"}
    yield alerts("a new Region, refused", usual, launch("ap-south-1", day=7, **denial))
    yield silent("the same Region as ever", usual, launch("us-east-1", day=7))
    yield silent("in the first week", usual, launch("ap-south-1", day=6))
    for action in REGIONAL_WORK:
        yield silent(f"after a week of {action}", work(action), launch("ap-south-1", day=8))
    yield alerts("after a day of work", usual, work(day=6), new, subject="ap-south-1")
    yield silent("only work", usual, work(day=8))
    tried = work(errorCode="ServiceNotFoundException")
    yield alerts("after work that failed", usual, tried, launch("ap-south-1", day=8))
    scaled = launch("ap-south-1", by=aws_service("autoscaling"), day=1)
    yield silent("after a week of scaling", scaled, launch("ap-south-1", day=8))
    yield alerts("after a day of scaling", usual, scaled, new, subject="ap-south-1")
    yield silent("a dry run", launch("ap-south-1", day=7, errorCode="Client.DryRunOperation"))


def work(action: str = "ecs:UpdateService", *, day: int = 1, **fields: str) -> Record:
    return request(action, day=day, fields={"awsRegion": "ap-south-1"} | fields)


def launch(region: str, *, by: Fields | None = None, day: int = 0, **fields: Any) -> Record:
    return request("ec2:RunInstances", by, day=day, fields={"awsRegion": region} | fields)
