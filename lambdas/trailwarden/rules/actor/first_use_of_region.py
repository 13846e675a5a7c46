"""Region used by a principal for the first time.

People and programs have their Regions. A credential that suddenly creates things in another one,
even in one that others use, is worth a question.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import REGIONAL_CREATIONS


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=REGIONAL_CREATIONS,
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the person behind the credential. If it was not them, revoke its sessions and "
    "keys. Then look in all Regions for resources that it created.",
    false_positives="An administrator helps out in another Region.",
    correlation=first_use(by_actor, days=90, own_past=True),
)

HERE, THERE = "us-east-1", "ap-south-1"


def examples() -> Examples:
    yield alerts("a new Region", made(HERE, 0), made(THERE, 7))
    yield silent("the usual Region", made(THERE, 0), made(HERE, 6), made(THERE, 8))
    enabled = request("account:EnableRegion", day=8, regionName=THERE)
    yield silent("a global service", made(THERE, 0), enabled)
    yield silent("in the first week", made(HERE, 0), made(THERE, 6))


def made(region: str, day: int) -> Record:
    action, fields = "lambda:CreateFunction20150331", {"awsRegion": region}
    return request(action, day=day, fields=fields)
