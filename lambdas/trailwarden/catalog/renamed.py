"""Rules that have another id than in an earlier version: tuning by the old one still works."""

from collections.abc import Mapping

_MOVED: Mapping[tuple[str, str], str] = {
    ("credentials", "credential_access"): (
        "agent_role_off_duty bedrock_key_user_outside_bedrock dormant_user_active "
        "function_role_on_foreign_system github_role_on_new_system instance_metadata_v1_used "
        "instance_role_by_foreign_endpoint instance_role_on_two_networks "
        "instance_role_outside_network offensive_tool_used pass_role_refused "
        "penetration_test_system_used pod_looked_around_and_escalated session_on_two_networks "
        "workload_role_outside_network"
    ),
    ("destruction", "impact"): "burst logging_disabled_in_several_ways",
    ("escalation", "privilege_escalation"): (
        "admin_role_passed many_kinds_of_steps role_passed_by_new_actor task_role_new_for_actor"
    ),
    ("guardrail", "exfiltration"): "public_sharing_unblocked",
    ("monitoring", "cloudwatch"): "alarms_silenced",
    ("pipeline", "trailwarden"): "own_resource_changed",
    ("sharing", "exfiltration"): "data_store_made_public resource_policy_opened",
    ("storage", "impact"): "data_store_deleted",
    ("waf", "wafv2"): "logging_deleted rule_deleted weakened web_acl_removed",
}
"""The names of rules that moved from one folder to another."""

RENAMED: Mapping[str, str] = {
    f"{old}.{name}": f"{new}.{name}"
    for (old, new), names in _MOVED.items()
    for name in names.split()
} | {
    "credential_access.function_work_on_foreign_system": (
        "credential_access.function_role_on_foreign_system"
    ),
    "discovery.inventory": "discovery.burst",
    "storage.inventory_enumerated": "discovery.data_stores_enumerated",
}
"""The ids of today, by the ids of before."""
