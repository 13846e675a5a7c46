"""Bedrock model invoked by a new actor, or in a new Region.

Model use is a program's daily business. A principal that never invoked one, or a Region nobody
uses, is how the resale of stolen model use begins.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    by_key = event.user_identity.uses_long_term_key
    if not event.succeeded or event.by_automation or by_key:
        return None
    return f"{event.actor[-150:]} in {event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask the principal's owner whether it should use models there. If not, revoke its "
    "sessions or keys, and look for the same in every Region.",
    false_positives="New programs, and people who try models out.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    app, web = assumed_role("chat"), assumed_role("web")
    yield alerts("a new actor", invoked(app, 0), invoked(web, 8))
    yield alerts("a new Region", invoked(app, 0), invoked(app, 8, awsRegion="sa-east-1"))
    yield silent("the usual program", invoked(app, 0), invoked(app, 8))
    yield silent("a new actor within the week", invoked(app, 0), invoked(web, 6))


def invoked(who: Fields, day: int, **fields: Any) -> Record:
    told = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0"}
    minute = day * 1440
    return record("bedrock:InvokeModel", who, minute=minute, requestParameters=told, **fields)
