"""Data pipeline made and started within an hour.

Data Pipeline runs shell commands with the role that it is given. Hardly anybody uses it any more. A
principal that makes and starts one by hand wants the role.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, TemporalOrdered, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent

STEPS = {"CreatePipeline": "made", "PutPipelineDefinition": "filled", "ActivatePipeline": "started"}


def detect(event: Event) -> Match:
    return Match(STEPS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "datapipeline:ActivatePipeline",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="Read the pipeline's definition for commands. If nobody explains it, deactivate and "
    "delete it. Then revoke the sessions of its role.",
    false_positives="An engineer sets up an old report again.",
    correlation=TemporalOrdered(
        labels=("made", "filled", "started"), timespan=HOUR, group_by=by_lineage
    ),
)


def examples() -> Examples:
    steps = [step(name, minute=n * 5) for n, name in enumerate(STEPS)]
    yield alerts("all three", *steps)
    yield silent("not started", *steps[:2])
    late = [step(name, minute=5 - n) for n, name in enumerate(STEPS)]
    yield silent("in the wrong order", *late)


def step(name: str, *, minute: float) -> Record:
    return request(f"datapipeline:{name}", minute=minute)
