"""The alert about a log file that nobody can read. No rule finds it; the pipeline does."""

from trailwarden.attack import Tactic
from trailwarden.rule import Rule, Severity

RULE = Rule(
    "trailwarden.rules.pipeline.log_file_unreadable",
    """Log file could not be read, or not all of it.

    What the unreadable part says is unknown: no rule has seen it. CloudTrail does not write such
    files; whoever can write to the bucket can, to hide what a log file told.
    """,
    lambda _: None,
    events=(),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Fetch the object and look at it. Validate the trail's files of that hour with `aws "
    "cloudtrail validate-logs`, and find out who wrote to the bucket.",
    false_positives="An object that something else than CloudTrail put below AWSLogs/.",
)
