"""The JSON schema of `tuning.toml`, made from what reads it, for editors that complete and check.

https://json-schema.org/draft/2020-12/schema
"""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from trailwarden.catalog.rule_tables import OF_GLOBS
from trailwarden.cloudtrail.user_agent import TOOLS
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import AccountClass, Environment

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_ACCOUNT = "^[0-9]{12}$"
_DURATION = {"type": "string", "pattern": "^[0-9]+\\s*[smhd]$"}
_NUMBER = {"type": "integer", "minimum": 1}
_MODE = {"enum": [mode.value for mode in Mode]}
_SEVERITY = {"enum": [severity.label for severity in Severity]}


def schema(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return the schema of the tuning of these rules."""
    listed = list(rules)
    packs = sorted({rule.id.partition(".")[0] for rule in listed if rule.mode is Mode.OFF})
    tables = {
        "environment": _table(_environment()),
        "accounts": _by_account({"anyOf": [_TEXT, _table(_account(), "name")]}),
        "vendors": _by_account(_table({"name": _TEXT, "roles": _TEXTS}, "name")),
        "packs": _table({pack: {"type": "boolean"} for pack in packs}),
        "rules": _rules(listed),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The tuning of Trailwarden: local_rules/tuning.toml",
        **_table(tables),
    }


def _environment() -> dict[str, Any]:
    apart = ("account_names", "account_classes")
    known = [field for field in fields(Environment) if field.name not in apart]
    read = {f.name: _TEXT if isinstance(f.default, str) else _TEXTS for f in known}
    origins = {"type": "object", "additionalProperties": _TEXTS}
    tools = {"type": "array", "items": {"enum": sorted(TOOLS)}}
    return {**read, "deploy_role_origins": origins, "known_tools": tools}


def _account() -> dict[str, Any]:
    return {"name": _TEXT, "class": {"enum": [kind.value for kind in AccountClass]}}


def _rules(listed: Iterable[Rule]) -> dict[str, Any]:
    one = _table(_rule())
    of_glob = _table({name: said for name, said in _rule().items() if name in OF_GLOBS})
    return {
        "type": "object",
        "properties": {rule.id: one for rule in listed},
        "patternProperties": {r"[*?\[]": of_glob},
        "additionalProperties": False,
    }


def _rule() -> dict[str, Any]:
    accounts = {
        "type": "object",
        "patternProperties": {"^[0-9*?]{1,12}$": _table({"mode": _MODE, "severity": _SEVERITY})},
        "additionalProperties": False,
    }
    match = {"type": "object", "minProperties": 1, "additionalProperties": _TEXT}
    entry = {"owner": _TEXT, "reason": _TEXT, "expires": {}, "match": match}
    return {
        "mode": _MODE,
        "severity": _SEVERITY,
        "at_least": _NUMBER,
        "in_a_day": _NUMBER,
        "timespan": _DURATION,
        "learning": _DURATION,
        "accounts": accounts,
        "ignore": {"type": "array", "items": _table(entry, *entry)},
    }


def _by_account(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "patternProperties": {_ACCOUNT: entry},
        "additionalProperties": False,
    }


def _table(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made
