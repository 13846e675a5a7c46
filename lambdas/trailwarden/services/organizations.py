"""Reads what requests to Organizations say of policies for whole accounts."""

from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import is_everything
from trailwarden.policy.document import VERSION, Statement, statements
from trailwarden.policy.lockout import left_by_denials

GUARDRAILS = ("organizations:CreatePolicy", "organizations:UpdatePolicy")
"""Requests that write a policy for whole accounts, which names no principals."""

_ANY = ("sts:GetCallerIdentity",)


def guardrail_of(event: Event) -> str:
    """Return the id of the policy that a request makes, changes, attaches or deletes."""
    return event.request("policyId") or event.answer("policy.policySummary.id")


def left_by_guardrail(event: Event) -> str:
    """Return whom the written policy leaves in an account, if that is nobody or one alone."""
    return left_by_denials(of_everybody(event.get("requestParameters.content")), _ANY, event)


def of_everybody(document: Any) -> dict[str, Any]:
    """Return the denials of everything in a policy of the organization, as of everybody."""
    found = (s for s in statements(document) if not s.allows and _denies_everything(s))
    return {"Version": VERSION, "Statement": [_as_of_everybody(s.element) for s in found]}


def _as_of_everybody(element: Mapping[str, Any]) -> dict[str, Any]:
    limits = {key: value for key, value in element.items() if key != "notaction"}
    return {**limits, "action": "*", "principal": "*"}


def _denies_everything(statement: Statement) -> bool:
    """Say whether a denial is of all actions, or of all but some that no application lives on.

    A list of allowed services names each by a wildcard, such as `ec2:*`.
    """
    if any(map(is_everything, statement.actions)):
        return True
    spared = statement.not_actions
    return bool(spared) and not any("*" in action for action in spared)
