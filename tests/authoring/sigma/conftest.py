from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.sigma.rules import module_of, text_of
from trailwarden.detection.rule import Rule


@pytest.fixture
def rule_of(tmp_path: Path) -> Callable[..., Rule]:
    """Return the rule that the last of some Sigma rules becomes."""

    def made(*documents: dict[str, Any]) -> Rule:
        rule: Rule = module_of(text_of(*documents), tmp_path).RULE
        return rule

    return made
