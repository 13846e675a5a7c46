"""Checks that a rule leaves who acted, and what came of it, to the fields for that."""

import ast

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.severity import Severity

ASKS_WHO = frozenset(
    {
        *("by_service", "by_automation", "by_security_team", "by_cluster", "by_machine"),
        *("by_person", "by_person_in_console", "unattended", "is_workload", "NOT_BY_SERVICE"),
        *("invoked_by", "session_name", "is_service_linked_role", "is_sso_role"),
        *("is_instance_role", "is_deploy_role", "is_security_role", "uses_long_term_key"),
    }
)
"""What asks who acted in another way than `exempt`, `callers` and `event.caller` do."""


def judgement(source: Source) -> Found:
    """Find what asks who acted, or what came of it, outside of the fields for that."""
    rule = source.rule
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name in ASKS_WHO:
            yield node.lineno, f"{name}: say whom the rule leaves alone by exempt= or callers="
        if name in ("succeeded", "denied") and len(rule.outcome.kinds) == 1:
            yield node.lineno, f"{name}: outcome= says already what came of the request"
    is_grave = rule.severity is Severity.CRITICAL and Caller.PIPELINE in rule.exempt
    if is_grave and not rule.exempt_reason:
        yield source.rule_line, "say why a pipeline may do this, as `exempt_reason`"
