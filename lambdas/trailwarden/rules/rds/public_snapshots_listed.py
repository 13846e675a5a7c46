"""Public database snapshots listed.

Nobody needs the snapshots of others to run their own databases. A search through public snapshots
finds leaked databases, your own included.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_true

KINDS = ("public", "shared")


def detect(event: Event) -> Match | None:
    kind = event.request("snapshotType").lower()
    if kind in KINDS:
        return Match(f"{kind} snapshots")
    included = [
        kind
        for kind in KINDS
        if is_true(event.get(f"requestParameters.include{kind.capitalize()}"))
    ]
    return Match(f"{' and '.join(included)} snapshots") if included else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Ask the caller what they looked for. Check that no snapshot of yours is public.",
    false_positives="The console's list of public snapshots, and scanners.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    describe = "rds:DescribeDBSnapshots"
    yield alerts("public ones", request(describe, includePublic=True), label="public snapshots")
    yield alerts("shared ones, as text", request(describe, includeShared="true"))
    yield alerts("by type", request(describe, snapshotType="public"))
    yield silent("own ones", request(describe, includePublic=False, snapshotType="manual"))
