"""The breaks of rules that no story notices, each with the reason why none has to."""

from collections.abc import Mapping

WAIVED: Mapping[str, str] = {
    "secretsmanager.reads_refused: has no `where`": "its outcome says the same",
    "secretsmanager.reads_refused: looks at every outcome": "its `where` says the same",
    "discovery.access_denied_burst: has no `where`": "its outcome says the same",
    "discovery.access_denied_burst: looks at every outcome": "its `where` says the same",
    "discovery.denied_in_many_regions: looks at every outcome": "its `where` says the same",
    "actor.new_kind_of_refusal: looks at every outcome": "its `where` says the same",
    "actor.service_user_agent_claimed: exempts nobody": "its `where` leaves services out already",
    "actor.several_weak_signals: puts everybody into one group": "signals are grouped by actor",
    "cis_monitoring.unauthorized_calls: has no `where`": "its outcome says the same",
    "cis_monitoring.unauthorized_calls: looks at every outcome": "its `where` says the same",
}
"""Reasons by survivor, as `trailwarden rules test --mutate` names it."""
