from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.cli.rules.team import forget
from trailwarden import catalog
from trailwarden.catalog import tuning
from trailwarden.catalog.own import local_folder
from trailwarden.rules.iam import user_created
from trailwarden.rules.root import access_key_used, console_login

RULES = [user_created.RULE, console_login.RULE, access_key_used.RULE]
TODAY = date(2025, 6, 2)


def warnings_of(text: str) -> list[str]:
    warnings: list[str] = []
    tuning.read(text, "tuning.toml", RULES, today=TODAY, warn=warnings.append)
    return warnings


def ignoring(match: str, rule: str = "iam.user_created") -> str:
    return f"""
[[rules."{rule}".ignore]]
owner = "us"
reason = "it is ours"
expires = 2025-12-31
match = {{ {match} }}
"""


ISSUER = "userIdentity.sessionContext.sessionIssuer.arn"


@pytest.mark.parametrize(
    "glob",
    ["arn:aws:iam::*:role/*-*", "arn:aws:iam::111122223333:role/a*", "arn:aws:iam::*:user/*_*"],
)
def test_a_glob_of_nearly_every_role_is_warned_of(glob: str) -> None:
    kind = "user" if ":user/" in glob else "role"
    [warning] = warnings_of(f'[environment]\ndeploy_roles = ["{glob}"]\n')
    assert f"names nearly every {kind}: write the name of each that is meant" in warning


@pytest.mark.parametrize("name", ["aws-reserved/*", "aws-reserved/sso.amazonaws.com/*"])
def test_a_glob_of_all_people_is_warned_of(name: str) -> None:
    [warning] = warnings_of(f'[environment]\nsecurity_roles = ["arn:aws:iam::*:role/{name}"]\n')
    assert "names nearly every role of people in IAM Identity Center" in warning


@pytest.mark.parametrize(
    "match",
    [
        f'"{ISSUER}" = "arn:aws:iam::*:role/*-*"',
        f'"{ISSUER}" = "arn:aws:iam::*:role/aws-reserved/*"',
        '"userIdentity.arn" = "arn:aws:sts::*:assumed-role/AWSReservedSSO_*/*"',
    ],
)
def test_an_entry_for_nearly_every_role_is_warned_of(match: str) -> None:
    [warning] = warnings_of(ignoring(match))
    assert "it hides far too much" in warning
    assert warnings_of(ignoring(f'{match}, "requestParameters.userName" = "ci-*"')) == []


@pytest.mark.parametrize(
    "glob", ["arn:aws:iam::*:role/ci-*", "arn:aws:iam::*:role/cdk-*-deploy-role-*"]
)
def test_a_glob_that_names_something_is_no_doubt(glob: str) -> None:
    assert warnings_of(f'[environment]\ndeploy_roles = ["{glob}"]\n') == []


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        ("root.console_login", '"userIdentity.type" = "Root"'),
        ("root.access_key_used", '"userIdentity.type" = "Root"'),
        ("root.*", '"userIdentity.arn" = "arn:aws:iam::*:root"'),
    ],
)
def test_an_entry_for_all_that_a_rule_of_root_looks_at_is_warned_of(rule: str, match: str) -> None:
    [warning] = warnings_of(ignoring(match, rule))
    assert "it hides all events that have userIdentity." in warning
    own = '"userIdentity.arn" = "arn:aws:iam::111122223333:root"'
    assert warnings_of(ignoring(own, rule)) == []


def test_one_severity_of_every_rule_is_warned_of() -> None:
    [warning] = warnings_of('[rules."*"]\nseverity = "low"\n')
    assert 'severity = "low" of every rule: none would stand out' in warning
    assert warnings_of('[rules."root.*"]\nseverity = "low"\n') == []


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A folder of a team's own rules."""
    before = local_folder()
    folder = tmp_path / "local_rules"
    folder.mkdir()
    catalog.use(folder)
    yield folder
    catalog.use(before)
    forget()


@pytest.mark.parametrize("name", ["tunning.toml", "tuning.tml", "Tuning.toml", "tuning.toml.txt"])
def test_a_misnamed_tuning_is_warned_of(own: Path, name: str) -> None:
    (own / name).write_text("")
    warnings: list[str] = []
    catalog.load(today=TODAY, warn=warnings.append)
    assert warnings == [f"{own / name} is not read: the tuning is in tuning.toml beside it"]


@pytest.mark.parametrize("name", ["tuning.toml", "tuning.toml~", "proposed.toml", "README.md"])
def test_other_files_beside_own_rules_are_no_doubt(own: Path, name: str) -> None:
    (own / name).write_text("")
    warnings: list[str] = []
    catalog.load(today=TODAY, warn=warnings.append)
    assert warnings == []
