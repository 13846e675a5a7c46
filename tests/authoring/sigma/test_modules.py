"""The importer writes modules, and no text of a Sigma file becomes code."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.authoring.sigma.rules import (
    CREATE,
    MATCHING,
    ROOT,
    TAGS,
    asked,
    correlation,
    made,
    module_of,
    outcomes,
    sigma,
    text_of,
)
from tests.conftest import texts

RUFF = Path(sys.executable).parent / "ruff"

HOSTILE = [
    '""" + __import__("os").system("touch pwned") + """',
    "'; import os; os.system('id') #",
    "\n\nimport os\n",
    "{__import__('os')}",
    "\\N{BULLET} \\x00 \\",
    "\x1b[2J\u202e\u2066",
    "a\r\nb\u2028c",
    "# noqa",
    "%s {} {0}",
    '"',
    "'\"'\"\\",
]


@pytest.mark.parametrize("evil", HOSTILE)
def test_lets_no_text_of_a_sigma_file_become_code(evil: str, tmp_path: Path) -> None:
    text = text_of(
        sigma(
            {
                "selection": CREATE
                | {"requestParameters.a|contains": evil, "requestParameters.b|cased": [evil, "x"]}
            },
            title=f"A {evil}",
            name="harmless",
            description=evil,
            author=evil,
            license=evil,
            falsepositives=[evil],
            references=[evil],
            tags=[*TAGS, f"attack.t1136\n{evil}"],
        )
    )
    module = module_of(text, tmp_path)
    assert text.isascii()
    told = "\n".join(line for line in text.splitlines() if line.startswith(("import", "from")))
    assert "os" not in told.replace("cos", "")
    assert {name for name in vars(module) if not name.startswith("_")} >= {"RULE", "detect"}
    literal = evil.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    assert module.RULE.observe(made(requestParameters={"a": f"x{evil}y", "b": evil})), literal


@given(texts)
def test_any_title_and_value_makes_a_module_or_a_refusal(text: str) -> None:
    rule = asked(**{"requestParameters.a": text}) | {"title": f"x{text}", "description": text}
    [result] = outcomes(rule)
    assert result.refused or (result.imported and result.imported.text.isascii())


def every_kind() -> Iterator[dict[str, Any]]:
    """Yield rules with something of everything."""
    yield from (asked(**{f"requestParameters.{n}": v}) for n, v, _, _ in MATCHING)
    yield sigma(
        {
            "selection": CREATE
            | {"requestParameters.note|contains": [f"{n} words" for n in range(9)]},
            "filter_a": {"userIdentity.arn|endswith": ":role/of-the-platform", "readOnly": True},
            "filter_b": {"userIdentity.sessionContext.sessionIssuer.userName|startswith": "Auto"},
            "filter_c": [
                {"userAgent|contains|all": ["terraform", "x"]},
                {"awsRegion": "eu-west-1"},
            ],
            "condition": "selection and not 1 of filter_*",
        },
        description="word " * 90,
        falsepositives=["People who do this and that, " * 5],
        references=["https://example.org/" + "a" * 90],
    )
    yield asked(**{"requestParameters.userName": "a" * 120})
    yield asked(**{"userIdentity.sessionContext.sessionIssuer.userName__contains": ["ad", "ops"]})


def test_writes_what_ruff_and_people_would(tmp_path: Path) -> None:
    for number, rule in enumerate(every_kind()):
        (tmp_path / f"made_{number}.py").write_text(text_of(rule), encoding="utf-8")
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    ordered = correlation("temporal_ordered", rules=["made", "key"], condition={"gte": 2})
    condition = {"gte": 3, "field": "requestParameters.userName"}
    for counted in (correlation(), ordered, correlation("value_count", condition=condition)):
        text = text_of(sigma(name="made"), key, counted)
        name = counted["correlation"]["type"]
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for command in (["format", "--check"], ["check", "--ignore", "D103,INP001"]):
        done = subprocess.run(
            [RUFF, *command, *config, tmp_path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
