"""EventBridge rule disabled, deleted or stripped of its targets.

Rules start what reacts: alarms, repairs, nightly jobs. Whoever switches one off does damage that
shows late, or keeps an alarm from going off.
"""

import re
from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record

SECURITY = re.compile(
    r"alarm|alert|audit|cloudtrail|config|detect|guardduty|incident|inspector|monitor|remediat"
    r"|root|securit|siem|threat",
    re.IGNORECASE,
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = "requestParameters"
    named = event.text(f"{told}.rule") or event.text(f"{told}.name")
    guards = bool(SECURITY.search(named)) or event.environment.is_pipeline_resource(named)
    who = event.user_identity
    if who.is_assumed_role and not who.is_sso_role and not guards:
        return None
    severity = Severity.HIGH if guards else None
    return Match(f"{event.name} {named[:70]}".strip(), severity=severity, subject=named)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "events:DeactivateEventSource",
        "events:DeleteConnection",
        "events:DeleteEventBus",
        "events:DeleteRule",
        "events:DisableRule",
        "events:RemoveTargets",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1489"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Enable the rule again, or deploy it anew. Ask whoever it was, and find out what "
    "should have happened since and did not.",
    false_positives="Developers who pause a job by hand.",
)


def examples() -> Iterator[Example]:
    mallory, role = iam_user("mallory"), assumed_role("terraform")
    yield alerts("a user's change", asked("DisableRule", mallory, name="nightly-job"))
    yield alerts("an alarm's targets", asked("RemoveTargets", role, rule="guardduty-findings"))
    yield silent("a pipeline's change", asked("DeleteRule", role, name="nightly-job"))
    stack = aws_service("cloudformation")
    yield silent("a stack's change", asked("DeleteRule", stack, name="guardduty-findings"))
    yield silent("a refusal", denied("events:DisableRule", mallory))


def asked(call: str, who: Fields, **told: Any) -> Record:
    return record(f"events:{call}", who, requestParameters=told)
