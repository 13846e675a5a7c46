"""Tries a module that was written, before anybody gets it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from trailwarden.authoring import byte_code
from trailwarden.authoring.lint import Operations, lint
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.catalog import LOCAL_RULES
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.rule import Mode


def check(text: str, rule_id: str, operations: Operations) -> None:
    """Raise RefusedError where the module breaks a rule for rules, or its examples do not hold."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rule.py"
        file.write_text(text, encoding="utf-8")
        module = byte_code.load(file, f"{LOCAL_RULES}.{rule_id}")
        for problem in lint(module, operations):
            raise RefusedError(f"the rule it would be: {problem.message}")
        _try_examples(module)


def _try_examples(module: ModuleType) -> None:
    rule = replace(module.RULE, mode=Mode.ALERT)
    for example in module.examples():
        outcomes = list(Engine([rule]).evaluate(map(Event, example.records)))
        if any(isinstance(outcome, RuleFailure) for outcome in outcomes):
            raise RefusedError(f"its example {example.name!r} makes the rule fail")
        if bool(outcomes) is not example.alerts:
            expected = "alert" if example.alerts else "be left alone"
            raise RefusedError(f"its example {example.name!r} should {expected} and does not")
