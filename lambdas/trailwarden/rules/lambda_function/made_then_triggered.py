"""Lambda function given a role, then a trigger, by a user.

Making a function with a role of one's choice and starting it at once is how some permissions are
turned into more. So is an afternoon of development.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, iam_user, record

MAKES = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})


def detect(event: Event) -> str | None:
    who = event.user_identity
    if not event.succeeded or event.by_automation or not (who.is_iam_user or who.is_root):
        return None
    if event.name not in MAKES:
        return "trigger"
    return "role" if event.text("requestParameters.role") else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:AddPermission",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:Invoke",
        "lambda:UpdateFunctionConfiguration",
    ],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="See what the role may do, and what it did since the function was made.",
    false_positives="Developers with a user of their own; pipelines that run as one.",
    correlation=TemporalOrdered(
        labels=("role", "trigger"), timespan=timedelta(hours=1), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    told = {"functionName": "f", "role": f"arn:aws:iam::{ACCOUNT}:role/r"}
    mallory, create = iam_user("mallory"), "lambda:CreateFunction20150331"
    made = record(create, mallory, requestParameters=told)
    yield alerts("made, then invoked", made, record("lambda:Invoke", mallory, minute=1))
    feed = "lambda:CreateEventSourceMapping20150331"
    yield alerts("made, then fed", made, record(feed, mallory, minute=2))
    yield silent("only made", made)
    yield silent("fed on the next day", made, record(feed, mallory, minute=1440))
