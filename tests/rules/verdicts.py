"""Requests to ask the shipped rules about, and what the rules find in them."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment

MODULES = list(catalog.shipped())
RULES: dict[str, Rule] = {module.RULE.id: module.RULE for module in MODULES}
HUNTING = [rule for rule in RULES.values() if rule.is_signal]
CATALOG = Engine(RULES.values())
EVENTS = {event for rule in RULES.values() for event in rule.events}

ALICE, MALLORY = iam_user("alice"), iam_user("mallory")
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def asked(action: str, who: Fields | None = None, /, **parameters: Any) -> Record:
    """Build a record of `who`, or of mallory, asking for `action` with `parameters`."""
    return record(action, who or MALLORY, requestParameters=parameters)


def findings(rule_id: str, *records: Record, **known: Any) -> list[Finding]:
    """Return what one rule finds, also one that is off or only hunts."""
    rule, environment = replace(RULES[rule_id], mode=Mode.ALERT), Environment(**known)
    outcomes = list(Engine([rule]).evaluate(Event(r, environment) for r in records))
    found = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    assert found == outcomes
    return found


def alerts(rule_id: str, *records: Record, **known: Any) -> bool:
    return bool(findings(rule_id, *records, **known))


def severity(rule_id: str, *records: Record) -> Severity:
    """Return how bad what a rule finds is."""
    return Alert.of(findings(rule_id, *records)).severity


def lost_to(change: Fields, *, of: str = "") -> set[str]:
    """Return the rules that miss one of their own alerts once its records are changed.

    With `of`, only the identity is changed, and only where its type is that.
    """

    def changed(told: Record) -> Record:
        who = told.get("userIdentity") or {}
        if not of:
            return {**told, **change}
        return {**told, "userIdentity": who | change} if who.get("type") == of else told

    return {
        module.RULE.id
        for module in MODULES
        for example in module.examples()
        if example.alerts and not seen_by(module, map(changed, example.records))
    }


def seen_by(module: ModuleType, records: Iterable[Record]) -> bool:
    """Say whether the rule of a module finds something, in the environment of its examples."""
    rule = replace(module.RULE, mode=Mode.ALERT)
    environment = getattr(module, "ENVIRONMENT", Environment())
    engine = Engine([rule, *(HUNTING if rule.signals else ())])
    outcomes = engine.evaluate(Event(one, environment) for one in records)
    return any(isinstance(o, Finding) and o.rule is rule for o in outcomes)


def grant(group: str) -> Fields:
    uri = f"http://acs.amazonaws.com/groups/global/{group}"
    return {"Grantee": {"URI": uri, "xsi:type": "Group"}, "Permission": "READ"}
