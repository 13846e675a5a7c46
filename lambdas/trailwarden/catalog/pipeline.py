"""The rules that the pipeline itself speaks by: no event shows what they are about."""

from trailwarden.rules.trailwarden.digest_broken import RULE as DIGEST_BROKEN
from trailwarden.rules.trailwarden.log_file_flooded import RULE as FLOODED
from trailwarden.rules.trailwarden.log_file_tampered import RULE as TAMPERED
from trailwarden.rules.trailwarden.log_file_unreadable import RULE as UNREADABLE

PIPELINE_RULES = (UNREADABLE, FLOODED, TAMPERED, DIGEST_BROKEN)
"""Those rules, as they are shipped: no tuning turns them off."""

__all__ = ["DIGEST_BROKEN", "FLOODED", "PIPELINE_RULES", "TAMPERED", "UNREADABLE"]
