import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import trailwarden
from trailwarden import catalog
from trailwarden.authoring.schema import schema

RULES = [module.RULE for module in catalog.shipped()]
SHIPPED = Path(trailwarden.__file__).parents[1] / "local_rules" / "tuning.toml"
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator(schema(RULES))


def faults(text: str) -> list[str]:
    return [str(error.message) for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_it_is_a_schema() -> None:
    VALIDATOR.check_schema(VALIDATOR.schema)


def test_what_the_shipped_tuning_suggests_fits_the_schema() -> None:
    text = re.sub(r"(?m)^# (?=\[|[a-z_]+ = |\d{12} = )", "", SHIPPED.read_text(encoding="utf-8"))
    assert len(tomllib.loads(text)["environment"]) > 10
    assert faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[enviroment]\n",
        "[environment]\nown_accounts = 7",
        '[environment]\nknown_tools = ["nmap"]',
        '[accounts]\n12 = "x"',
        '[accounts]\n111122223333 = { name = "x", class = "toy" }',
        '[vendors]\n111122223333 = "x"',
        "[packs]\niam = true",
        '[rules."iam.no_such_rule"]\nmode = "off"',
        '[rules."iam.user_created"]\nmode = "loud"',
        '[rules."iam.*"]\nat_least = 3',
        '[rules."iam.*".accounts.x]\nmode = "off"',
        '[[rules."iam.*".ignore]]\nowner = "x"',
        '[rules."iam.user_created"]\ntimespan = "soon"',
    ],
)
def test_what_the_catalog_refuses_the_schema_refuses(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "[packs]\ncis_monitoring = true",
        '[rules."iam.*"]\nseverity = "low"',
        '[rules."iam.*".accounts."1111*"]\nmode = "off"',
        '[vendors]\n111122223333 = { name = "x", roles = ["arn:aws:iam::*:role/x"] }',
    ],
)
def test_what_may_be_said_fits(text: str) -> None:
    assert faults(text) == []
