"""Severe acts of any service refused to one principal.

A thief of a key tries what hurts or opens most, in any service that the account may have. Names of
acts tell that, also of services that no other rule knows. One that is refused every day to a
program is LOW.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from trailwarden import REFUSED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, refused, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, by_lineage, habit
from trailwarden.detection.correlation import within
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.severe_names import is_listed, sounds_severe

BOTH = 2


@dataclass(frozen=True, kw_only=True)
class WithUnlisted(ValueCount):
    """Enough different acts, of which listed ones count only near others.

    Another rule counts the listed ones by themselves.
    """

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation within timespans that hold enough different acts."""
        others = [seen for seen in observations if not is_listed(seen.action)]
        kinds = [str(is_listed(seen.action)) for seen in observations]
        mixed = within(observations, kinds, BOTH, timespan)
        found = [*super().add_up(others, at_least, timespan)]
        found += super().add_up(mixed, at_least, timespan)
        chosen = {seen.origin for seen in found}
        return [seen for seen in observations if seen.origin in chosen]


def detect(event: Event) -> Match | None:
    if not (is_listed(event.action) or sounds_severe(event.action)):
        return None
    return Match(f"{event.action} {event.refused_resource}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(DENIED_CODES)},  # what the outcome says, for the index
    exempt=SECURITY_WORK,
    outcome=REFUSED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.IMPACT: ["T1485"], Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the credentials what they tried to do. If they cannot explain it, "
    "revoke the sessions and keys. Then look at the requests that worked.",
    false_positives="A new pipeline without enough permissions: name its role in `deploy_roles`.",
    correlation=WithUnlisted(at_least=3, in_a_day=6, timespan=30 * MINUTE, group_by=by_lineage),
    unless_usual=habit(by_actor),
    story="severe acts in vain",
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED
ACTS = ("connect:DeleteInstance", "kafka:DeleteCluster", "eks:CreateAccessEntry")
LISTED = ("iam:CreateAccessKey", "cloudtrail:StopLogging")


def examples() -> Examples:
    three = tries(*ACTS)
    yield alerts("three severe acts", *three, label=ACTS[2], severity=Severity.MEDIUM)
    yield silent("two", *three[:2])
    yield silent("the same again and again", *tries(*ACTS[:1] * 5))
    files = "s3files:DeleteFileSystem"
    systems = [refused(files, minute=n, fields=said_of(files, f"fs-{n}")) for n in range(3)]
    yield alerts("three file systems", *systems, label=f"{files} fs-2")
    yield alerts("two that are listed, and another", *tries(*LISTED, ACTS[0]))
    late = [*tries(*LISTED), refused(ACTS[0], minute=40)]
    yield silent("two that are listed, and another later", *late)
    yield silent("listed ones alone", *tries(*LISTED, "iam:CreateUser"))
    yield silent("others", *tries("sqs:TagQueue", "ec2:CreateTags", "lambda:ListFunctions"))
    more = ("dsql:DeleteCluster", "wafv2:DeleteWebACL", "mq:DeleteBroker")
    slowly = tries(*ACTS, *more, apart=200)
    yield alerts("one after the other, all day long", *slowly)
    yield silent("one less all day long", *slowly[1:])
    yield silent("by a pipeline", *tries(*ACTS, by=DEPLOYER))
    busy: Fields = {"errorCode": "ThrottlingException"}
    yield silent("too many requests", *(request(a, USER, minute=2, fields=busy) for a in ACTS))
    weeks = [record for day in (-9, -8, -7) for record in tries(*ACTS, day=day)]
    yield alerts("as on other days", *weeks, *three, last=Severity.LOW)
    days = [record for day in (-3, -2, -1) for record in tries(*ACTS, day=day)]
    yield alerts("since some days", *days, *three, last=Severity.MEDIUM)


def tries(*acts: str, by: Fields = USER, apart: int = 2, day: int = 0) -> list[Record]:
    return [refused(act, by, day=day, minute=n * apart) for n, act in enumerate(acts)]


def said_of(action: str, thing: str) -> Fields:
    message = f"User: x is not authorized to perform: {action} on resource: {thing} because"
    return {"errorMessage": message}
