"""Long-term access key created.

Each key that does not expire is one that can leak. Beside other signs of an intruder, the making
of one tells where the access is that will last.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.services.iam import user_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    user = user_of(event) or "root"
    return Match(f"for {user}"[:100], subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey"],
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PERSISTENCE: ["T1098.001"]},
    response="See what else its maker did on the same day, and whether the key was used from where "
    "its owner works.",
    false_positives="The rotation of keys.",
)


def examples() -> Iterator[Example]:
    own = record("iam:CreateAccessKey", iam_user("alice"))
    yield alerts("one's own", own)
    told = {"userName": "bob"}
    others = record("iam:CreateAccessKey", iam_user("alice"), requestParameters=told)
    yield alerts("another's", others)
    yield silent("refused", denied("iam:CreateAccessKey", iam_user("alice")))
