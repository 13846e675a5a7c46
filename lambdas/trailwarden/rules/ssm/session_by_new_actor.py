"""Session to an instance opened by somebody who never did.

Session Manager gives a shell, or a tunnel past every security group, to whoever IAM lets in. The
people who use it are few and come back; somebody new may be somebody else.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    target = event.text("requestParameters.target")
    if not event.succeeded or event.by_automation or target.startswith("ecs:"):
        return None
    tunnel = "PortForwarding" in event.text("requestParameters.documentName")
    return Match(event.actor or "nobody", severity=Severity.HIGH if tunnel else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:StartSession", "ssm:ResumeSession"],
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1021.008"]},
    response="Ask whoever it was. If they know nothing of it, end the session with `aws ssm "
    "terminate-session`, revoke the credentials, and isolate the instance.",
    false_positives="New colleagues, and those who are on call for the first time.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    alice, mallory = sso_user("alice@example.com"), iam_user("mallory")
    yield alerts("a new actor after a week", opened(alice, day=0), opened(mallory, day=8))
    yield silent("a new actor within the week", opened(alice, day=0), opened(mallory, day=6))
    yield silent("a known actor", opened(alice, day=0), opened(alice, day=30))
    container = opened(mallory, day=8, target="ecs:prod_0123_app")
    yield silent("a container", opened(alice, day=0), container)


def opened(who: Fields, *, day: int, target: str = "i-0123456789abcdef0") -> Record:
    told = {"target": target}
    return record("ssm:StartSession", who, minute=day * 1440, requestParameters=told)
