"""Data pipeline made, filled and started within an hour.

Data Pipeline runs shell commands with the role it is given. It is hardly used any more; who makes
and starts one by hand wants the role.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

STEPS = {"CreatePipeline": "make", "PutPipelineDefinition": "fill", "ActivatePipeline": "start"}


def detect(event: Event) -> str | None:
    return STEPS.get(event.name) if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "datapipeline:ActivatePipeline",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="Read the pipeline's definition for commands. If nobody explains it, deactivate and "
    "delete it, and revoke the sessions of the role it was given.",
    false_positives="Old reports that somebody sets up again.",
    correlation=TemporalOrdered(
        labels=("make", "fill", "start"), timespan=timedelta(hours=1), group_by=by_actor
    ),
)


def examples() -> Iterator[Example]:
    story = [did(name, minute=n * 5) for n, name in enumerate(STEPS)]
    yield alerts("all three", *story)
    yield silent("not started", *story[:2])
    yield silent("started next day", *story[:2], did("ActivatePipeline", minute=1440))


def did(name: str, *, minute: float) -> Record:
    return record(f"datapipeline:{name}", iam_user("mallory"), minute=minute)
