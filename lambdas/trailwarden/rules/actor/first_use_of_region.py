"""Actor made resources in a Region for the first time.

People and programs have their Regions. A credential that suddenly makes things in another one, even
one that others use, is worth a question.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.actions import CREATIONS

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",))


def detect(event: Event) -> str | None:
    return event.aws_region if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=CREATIONS,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the person behind the credential. If it was not they, revoke its sessions and "
    "keys, and look in all Regions for what it made.",
    false_positives="An administrator who helps out in another Region.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=90), group_by=by_actor
    ),
)

HERE, THERE = "us-east-1", "ap-south-1"


def examples() -> Iterator[Example]:
    yield alerts("a new Region", made(HERE, 0), made(HERE, 6), made(THERE, 8))
    yield silent("a Region of one's own", made(THERE, 0), made(HERE, 6), made(THERE, 8))
    yield silent("an actor who is new", made(HERE, 0), made(THERE, 8, who=iam_user("bob")))
    yield silent("in the first week", made(HERE, 0), made(THERE, 6))
    deploy = assumed_role("Deploy")
    yield silent("a deployment", made(HERE, 0, who=deploy), made(THERE, 8, who=deploy))


def made(region: str, day: int, *, who: dict[str, object] | None = None) -> Record:
    minute = day * 24 * 60
    who = who or iam_user("alice")
    return record("lambda:CreateFunction20150331", who, minute=minute, awsRegion=region)
