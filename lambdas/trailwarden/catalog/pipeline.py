"""The rules that the pipeline itself speaks by, as no event shows it, and their findings."""

from trailwarden.detection.finding import Finding
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.logfile.key import LogKey
from trailwarden.rules.trailwarden.digest_broken import RULE as DIGEST_BROKEN
from trailwarden.rules.trailwarden.log_file_flooded import RULE as FLOODED
from trailwarden.rules.trailwarden.log_file_tampered import RULE as TAMPERED
from trailwarden.rules.trailwarden.log_file_unreadable import RULE as UNREADABLE

PIPELINE_RULES = (UNREADABLE, FLOODED, TAMPERED, DIGEST_BROKEN)
"""Those rules, as they are shipped: no tuning turns them off."""

__all__ = ["DIGEST_BROKEN", "FLOODED", "PIPELINE_RULES", "TAMPERED", "UNREADABLE", "on_object"]


def on_object(
    rule: Rule, key: LogKey, address: str, label: str, *, which: str, severity: int = 0
) -> Finding:
    """Return the finding of `rule` on an object of the bucket; `which` tells repeats apart."""
    seen = Observation(
        time=key.delivered,
        origin=f"{address}?{which}",
        label=label,
        event_id=address,
        action="s3:GetObject",
        account_id=key.account_id,
        region=key.region,
        subject=address,
        severity=severity,
    )
    return Finding(rule, (seen,))
