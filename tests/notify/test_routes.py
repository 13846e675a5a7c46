import json
from dataclasses import replace
from typing import Any

import pytest

from tests.aws.world import a_rule, created, found
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.severity import Severity
from trailwarden.notify.addressee import addressee
from trailwarden.notify.routes import (
    EVERYWHERE,
    RouteError,
    addresses,
    idle_globs,
    idle_routes,
    read,
    written,
)

HOME, OTHER = "111122223333", "444455556666"
OUTPUTS = ("json", "slack", "pagerduty")


def an_alert(severity: Severity = Severity.HIGH, account: str = HOME) -> Alert:
    """Return an alert of the rule `test.made`, of persistence."""
    rule = a_rule("made", "iam:CreateUser", severity=severity)
    return Alert.of(found(rule, created(recipientAccountId=account)))


@pytest.mark.parametrize(
    ("route", "taken"),
    [
        ({}, True),
        ({"least_severity": "high"}, True),
        ({"least_severity": "HIGH"}, True),
        ({"least_severity": "critical"}, False),
        ({"least_severity": "low"}, True),
        ({"accounts": [HOME]}, True),
        ({"accounts": [OTHER]}, False),
        ({"accounts": [OTHER, HOME]}, True),
        ({"rules": ["test.made"]}, True),
        ({"rules": ["test.*"]}, True),
        ({"rules": ["iam.*", "*.made"]}, True),
        ({"rules": ["made"]}, False),
        ({"rules": ["iam.*"]}, False),
        ({"tactics": ["TA0003"]}, True),
        ({"tactics": ["Persistence"]}, True),
        ({"tactics": ["Impact", "Persistence"]}, True),
        ({"tactics": ["Defense Evasion"]}, False),
        ({"least_severity": "high", "accounts": [OTHER]}, False),
        ({"least_severity": "high", "accounts": [HOME], "rules": ["test.*"]}, True),
        ({"tactics": ["TA0003"], "rules": ["iam.*"]}, False),
    ],
)
def test_an_alert_goes_the_way_whose_every_condition_it_meets(
    route: dict[str, Any], taken: bool
) -> None:
    routes = read(written([{"outputs": ["slack"], **route}], OUTPUTS))
    assert routes.takes("slack", an_alert()) is taken


@pytest.mark.parametrize("severity", Severity)
def test_an_output_that_no_route_names_gets_everything(severity: Severity) -> None:
    routes = read(written([{"outputs": ["slack"], "least_severity": "critical"}], OUTPUTS))
    alert = an_alert(severity)
    assert routes.takes("json", alert)
    assert routes.takes("slack", alert) is (severity is Severity.CRITICAL)
    assert EVERYWHERE.takes("slack", alert)


def test_one_of_several_routes_is_enough() -> None:
    told: list[dict[str, Any]] = [
        {"outputs": ["slack", "pagerduty"], "least_severity": "critical"},
        {"outputs": ["slack"], "accounts": [OTHER]},
    ]
    routes = read(written(told, OUTPUTS))
    alert = an_alert(Severity.LOW, OTHER)
    assert [routes.takes(output, alert) for output in OUTPUTS] == [True, True, False]


def test_an_address_gets_what_its_routes_say_under_a_name_that_tells_no_address() -> None:
    told: list[dict[str, Any]] = [
        {"addresses": ["Ann@example.com"], "least_severity": "critical"},
        {"outputs": ["slack"], "addresses": ["joe@example.com"], "accounts": [OTHER]},
    ]
    text = written(told, OUTPUTS)
    assert "@" not in text
    routes = read(text)
    ann, joe = addressee("ann@example.com"), addressee("joe@example.com")
    assert [routes.takes(name, an_alert()) for name in (ann, joe, "slack")] == [False] * 3
    assert routes.takes(ann, an_alert(Severity.CRITICAL))
    assert routes.takes(joe, an_alert(account=OTHER))
    assert routes.takes("json", an_alert())


def test_each_address_counts_once_whatever_its_case() -> None:
    told = [
        {"addresses": ["ann@example.com", "joe@example.com"]},
        {"addresses": ["Ann@Example.com"]},
        {"outputs": ["slack"]},
    ]
    assert sorted(addresses(told)) == ["Ann@Example.com", "joe@example.com"]


def test_an_alert_of_several_accounts_goes_where_one_of_them_goes() -> None:
    alert = an_alert()
    seen = [*alert.observations, alert.first._replace(event_id="b", account_id=OTHER)]
    routes = read(written([{"outputs": ["slack"], "accounts": [OTHER]}], OUTPUTS))
    assert routes.takes("slack", replace(alert, observations=seen))
    assert not routes.takes("slack", alert)


def test_a_rule_without_tactics_has_none_that_matches() -> None:
    alert = an_alert()
    bare = replace(alert, rule=replace(alert.rule, attack={}))
    routes = read(written([{"outputs": ["slack"], "tactics": [Tactic.IMPACT.value]}], OUTPUTS))
    assert not routes.takes("slack", bare)


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ("slack", "route 1 is no object"),
        ({}, "route 1 needs outputs or addresses"),
        ({"addresses": "ann@example.com"}, "route 1 needs a list of texts for addresses"),
        ({"addresses": ["ann"]}, "route 1 has 'ann' in addresses, which is not an e-mail address"),
        ({"outputs": ["mail"]}, "route 1 names 'mail', which is not in outputs"),
        ({"outputs": []}, "route 1 needs a list of texts for outputs"),
        ({"outputs": "slack"}, "route 1 needs a list of texts for outputs"),
        ({"outputs": ["teams"]}, "route 1 names 'teams', which is not in outputs"),
        ({"outputs": ["slack"], "severity": "high"}, "route 1 has 'severity': it may have outputs"),
        ({"outputs": ["slack"], "least_severity": "severe"}, "use one of informational, low"),
        ({"outputs": ["slack"], "least_severity": 4}, "use one of informational, low"),
        ({"outputs": ["slack"], "accounts": [111122223333]}, "a list of texts for accounts"),
        ({"outputs": ["slack"], "accounts": ["prod"]}, "not the twelve digits of an account"),
        ({"outputs": ["slack"], "rules": ["IAM:*"]}, "not a glob of rules such as iam"),
        ({"outputs": ["slack"], "tactics": ["persistance"]}, "use an id such as TA0003"),
    ],
)
def test_a_route_that_cannot_be_meant_is_refused(route: Any, says: str) -> None:
    with pytest.raises(RouteError, match=says):
        written([route], OUTPUTS)


def test_too_many_routes_are_refused() -> None:
    accounts = [f"{n:012}" for n in range(80)]
    with pytest.raises(RouteError, match="longer than 1,000 characters"):
        written([{"outputs": ["slack"], "accounts": accounts}], OUTPUTS)


def test_globs_that_match_no_rule_are_found() -> None:
    told = [
        {"outputs": ["slack"], "rules": ["iam.*", "sts.gone", "iam.user_created"]},
        {"outputs": ["json"], "rules": ["sts.gone"]},
        {"outputs": ["json"]},
    ]
    assert idle_globs(told, ["iam.user_created", "s3.x"]) == ["sts.gone"]


def test_routes_whose_conditions_no_rule_meets_together_are_found() -> None:
    rules = [a_rule("made", "iam:CreateUser")]  # of persistence
    told: list[dict[str, Any]] = [
        {"outputs": ["json"], "rules": ["test.*"], "tactics": ["Persistence"]},
        {"outputs": ["json"], "rules": ["test.*"], "tactics": ["Impact"]},
        {"outputs": ["json"], "tactics": ["TA0010", "TA0040"]},
        {"outputs": ["json"], "accounts": [HOME]},
    ]
    assert [*idle_routes(told, rules)] == [2, 3]


def test_no_route_is_no_text() -> None:
    assert written([], OUTPUTS) == ""
    assert read("") is EVERYWHERE
    assert json.loads(written([{"outputs": ["slack"]}], OUTPUTS)) == [{"outputs": ["slack"]}]
