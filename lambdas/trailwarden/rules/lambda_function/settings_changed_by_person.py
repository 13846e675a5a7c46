"""Lambda function's role, handler, variables or network changed by hand.

These settings decide what code a function runs, with which permissions, and where it can reach.
They are part of a deployment.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record

TELLING = frozenset({"environment", "handler", "kMSKeyArn", "role", "vpcConfig"})


def detect(event: Event) -> Match | None:
    who = event.user_identity
    told = event.get("requestParameters")
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if not event.succeeded or event.by_automation or is_plain_role or not isinstance(told, Mapping):
        return None
    changed = sorted(TELLING & {key for key in told if told[key]})
    function = event.text("requestParameters.functionName")
    return Match(f"{function[-60:]}: {', '.join(changed)}", subject=function) if changed else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionConfiguration"],
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.EXECUTION: ["T1648"]},
    response="Compare the settings with the deployment, and ask whoever changed them.",
    false_positives="Developers who try something in the console.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("another handler", changed(iam_user("mallory"), handler="x.main"))
    yield silent("a longer timeout", changed(iam_user("alice"), timeout=30))
    yield silent("a pipeline's change", changed(assumed_role("deploy"), handler="x.main"))


def changed(who: Fields, **told: Any) -> Record:
    request = {"functionName": "orders"} | told
    return record("lambda:UpdateFunctionConfiguration20150331v2", who, requestParameters=request)
