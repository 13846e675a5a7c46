"""The importer keeps what a Sigma rule says about itself."""

from collections.abc import Callable

import pytest

from tests.authoring.sigma.rules import TAGS, asked, outcomes, refusal, sigma, text_of
from trailwarden.detection.attack import Tactic
from trailwarden.detection.rule import LogClass, Mode, Rule
from trailwarden.detection.severity import Severity


def test_keeps_what_sigma_says_about_a_rule(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(
        sigma(
            title='AWS "User" made \u2014 by nobody \u202eevil',
            id="3f6b3a52-0b7a-4f0e-9a4f-0d8c5a4f1c11",
            description="Somebody made\na user.",
            author="Jos\u00e9 Smith",
            license="DRL-1.1",
            status="test",
            level="critical",
            falsepositives=["Administrators", "tools."],
            references=["https://example.org/a"],
        )
    )
    assert rule.title == "AWS 'User' made - by nobody evil"
    assert rule.description == "Somebody made a user."
    assert rule.severity is Severity.CRITICAL
    assert rule.mode is Mode.ALERT
    assert rule.attack == {Tactic.PERSISTENCE: ["T1136.003"]}
    assert rule.false_positives == "Administrators. Tools."
    assert rule.references == [
        "https://example.org/a",
        "Sigma rule 3f6b3a52-0b7a-4f0e-9a4f-0d8c5a4f1c11 by Jose Smith, DRL-1.1, test",
    ]
    assert "# To be completed" in text_of(sigma())


@pytest.mark.parametrize(
    ("level", "severity", "mode"),
    [
        ("informational", Severity.INFORMATIONAL, Mode.HUNT),
        ("low", Severity.LOW, Mode.HUNT),
        ("medium", Severity.MEDIUM, Mode.ALERT),
        (None, Severity.MEDIUM, Mode.ALERT),
    ],
)
def test_wakes_nobody_for_what_sigma_calls_low(
    level: str | None, severity: Severity, mode: Mode, rule_of: Callable[..., Rule]
) -> None:
    rule = rule_of(sigma(level=level))
    assert (rule.severity, rule.mode) == (severity, mode)


def test_says_which_class_of_events_the_trail_needs(rule_of: Callable[..., Rule]) -> None:
    selection = {"eventSource": "dynamodb.amazonaws.com", "eventName": "Scan"}
    assert rule_of(sigma({"selection": selection})).log_class is LogClass.DATA
    assert rule_of(asked(eventCategory="NetworkActivity")).log_class is LogClass.NETWORK_ACTIVITY


@pytest.mark.parametrize(
    ("tags", "attack"),
    [
        (["attack.t1562.001"], {Tactic.DEFENSE_EVASION: ["T1562.001"]}),
        (
            ["attack.defense-impairment", "attack.t1685.002"],
            {Tactic.DEFENSE_EVASION: ["T1562.008"]},
        ),
        (["attack.stealth", "attack.t1685"], {Tactic.DEFENSE_EVASION: ["T1562.001"]}),
        (["attack.defense_evasion", "attack.t1686.001"], {Tactic.DEFENSE_EVASION: ["T1562.007"]}),
        (
            ["attack.persistence", "attack.impact", "attack.t1136.003", "attack.t1485"],
            {Tactic.PERSISTENCE: ["T1136.003"], Tactic.IMPACT: ["T1485"]},
        ),
    ],
)
def test_maps_tags_to_techniques(
    tags: list[str], attack: dict[Tactic, list[str]], rule_of: Callable[..., Rule]
) -> None:
    """Fact 43: Sigma's newest tags are those of ATT&CK version 19."""
    assert rule_of(sigma(tags=tags)).attack == attack


def test_drops_a_technique_that_rules_cannot_name_and_warns() -> None:
    [result] = outcomes(sigma(tags=[*TAGS, "attack.t9999", "attack.g0016", "cve.2020-1"]))
    assert result.imported
    assert list(result.imported.warnings) == [
        "Sigma also names T9999, which rules cannot name here"
    ]
    assert "# Sigma also names T9999" in result.imported.text


def test_borrows_the_technique_of_a_tactic_from_a_shipped_rule(
    rule_of: Callable[..., Rule],
) -> None:
    rule = sigma(tags=["attack.persistence"])
    assert Tactic.PERSISTENCE in rule_of(rule).attack
    assert "The techniques are those of" in text_of(rule)


def test_borrows_the_technique_where_sigma_names_none(rule_of: Callable[..., Rule]) -> None:
    rule = sigma(tags=[])
    assert Tactic.PERSISTENCE in rule_of(rule).attack
    assert "The techniques are those of" in text_of(rule)


@pytest.mark.parametrize(
    ("tags", "attack"),
    [(["attack.impact"], {Tactic.IMPACT: []}), (["attack.g0016"], {})],
)
def test_takes_a_rule_whose_technique_nobody_names(
    rule_of: Callable[..., Rule], tags: list[str], attack: dict[Tactic, list[str]]
) -> None:
    unused = {"eventSource": "geo.amazonaws.com", "eventName": "CreateMap"}
    rule = sigma({"selection": unused}, tags=tags)
    assert rule_of(rule).attack == attack
    assert "# Sigma names no technique of ATT&CK" in text_of(rule)


def test_refuses_an_unknown_technique_without_a_tactic() -> None:
    unused = {"eventSource": "geo.amazonaws.com", "eventName": "CreateMap"}
    rule = sigma({"selection": unused}, tags=["attack.t9999"])
    assert "names no tactic for T9999" in refusal(rule)


def test_takes_a_technique_that_no_shipped_rule_names() -> None:
    [result] = outcomes(sigma(tags=["attack.collection", "attack.t1123"]))
    assert result.imported
    assert not result.imported.warnings
    assert 'Tactic.COLLECTION: ["T1123"]' in result.imported.text


def test_takes_a_technique_that_the_matrix_does_not_have_and_warns() -> None:
    [result] = outcomes(sigma(tags=["attack.resource-development", "attack.t1999"]))
    assert result.imported
    assert list(result.imported.warnings) == [
        "ATT&CK 17 has no T1999: look whether a later one has"
    ]
    assert 'Tactic.RESOURCE_DEVELOPMENT: ["T1999"]' in result.imported.text
