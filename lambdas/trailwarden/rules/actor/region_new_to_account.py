"""Region used for the first time in the account.

An account works in the same Regions every day. The first machine, function or mail identity in
another one is a known project, or a stranger who hides there. An account uses a Region, too, in
which somebody worked on older things a week ago. It is LOW in a Region of `used_regions`.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, aws_service, request
from trailwarden.correlations import by_account, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import REGIONAL_CREATIONS, REGIONAL_WORK


def detect(event: Event) -> Match:
    if event.action in REGIONAL_WORK:
        return Match(event.aws_region, severity=Severity.INFORMATIONAL)
    is_used = event.aws_region in event.environment.used_regions
    return Match(event.aws_region, severity=Severity.LOW if is_used else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*REGIONAL_CREATIONS, *REGIONAL_WORK],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller for their plan there. If they did not do it, revoke their access. "
    "Then look in all other Regions for more of it.",
    false_positives="A project opens a Region: name those in use in `used_regions`.",
    correlation=first_use(by_account, days=30, lesson_age=7, exempt_teach=True),
)

HERE, THERE, USED = "us-east-1", "ap-south-1", "eu-west-1"
ENVIRONMENT = Environment(used_regions=(HERE, USED))


def examples() -> Examples:
    yield alerts("a new Region", made(HERE, 0), made(THERE, 7), severity=Severity.MEDIUM)
    used = made(USED, 7)
    yield alerts("one that other accounts use", made(HERE, 0), used, severity=Severity.LOW)
    site = request("cloudfront:CreateDistribution", day=8)
    yield silent("a global service", made(THERE, 0), site)
    yield silent("in the first week", made(HERE, 0), made(THERE, 6))
    worked = [lesson(action, day=1) for action in REGIONAL_WORK]
    for work in worked:
        yield silent(f"after a week of {work['eventName']}", work, made(THERE, 8))
    yield alerts("after a day of work", made(HERE, 0), lesson(day=6), made(THERE, 7))
    yield silent("only work", made(HERE, 0), lesson(day=8))
    scaled = made(THERE, 0, by=aws_service("autoscaling"))
    yield silent("after a week of scaling", scaled, made(HERE, 5), made(THERE, 8))
    known = made(THERE, 0, by=ROLE)
    yield silent("another principal was there", known, made(HERE, 5), made(THERE, 8))


def lesson(action: str = "ecs:UpdateService", *, day: int) -> Record:
    return request(action, ROLE, day=day, fields={"awsRegion": THERE})


def made(region: str, day: int, *, by: Fields = USER) -> Record:
    return request("ec2:RunInstances", by, day=day, fields={"awsRegion": region})
