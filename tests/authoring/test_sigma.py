import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import records, texts
from trailwarden import catalog
from trailwarden.authoring import byte_code
from trailwarden.authoring.sigma.importer import Pack, Result, results
from trailwarden.authoring.sigma.names import Names
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.regex import guarded, sample
from trailwarden.aws.api_models import operations, services
from trailwarden.cli import import_sigma
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record, root
from trailwarden.detection import modifiers
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import LogClass, Mode, Rule, Severity

SHIPPED = [m.RULE for m in catalog.modules() if m.__name__.startswith("trailwarden.rules.")]
PACK = Pack(SHIPPED, Names(operations, services), operations)

CREATE = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
TAGS = ["attack.persistence", "attack.t1136.003"]
RUFF = Path(sys.executable).parent / "ruff"
ROOT = Path(__file__).parents[2]


def sigma(detection: dict[str, Any] | None = None, **told: Any) -> dict[str, Any]:
    """Return a Sigma rule, by what differs from the plainest."""
    return {
        "title": "A user was made",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "tags": TAGS,
        "level": "high",
        "detection": {"condition": "selection", **(detection or {"selection": CREATE})},
    } | told


def asked(**fields: Any) -> dict[str, Any]:
    """Return a Sigma rule that looks at one event, with these fields; `__` stands for `|`."""
    return sigma({"selection": CREATE | {k.replace("__", "|"): v for k, v in fields.items()}})


def correlation(kind: str = "event_count", /, **told: Any) -> dict[str, Any]:
    return {
        "title": "Users were made, many",
        "tags": TAGS,
        "level": "high",
        "correlation": {
            "type": kind,
            "rules": ["made"],
            "group-by": ["userIdentity.arn"],
            "timespan": "10m",
            "condition": {"gte": 5},
        }
        | told,
    }


def outcomes(*documents: dict[str, Any]) -> list[Result]:
    return list(results([("rule.yml", yaml.safe_dump_all(documents))], PACK))


def text_of(*documents: dict[str, Any]) -> str:
    """Return the module that the last of some rules becomes."""
    result = outcomes(*documents)[-1]
    assert result.imported, result.message
    return result.imported.text


def module_of(text: str, tmp_path: Path) -> ModuleType:
    file = tmp_path / "made.py"
    file.write_text(text, encoding="utf-8")
    return byte_code.load(file, f"local_rules.made.m{abs(hash(text))}")


@pytest.fixture
def rule_of(tmp_path: Path) -> Callable[..., Rule]:
    """Return the rule that the last of some Sigma rules becomes."""

    def made(*documents: dict[str, Any]) -> Rule:
        rule: Rule = module_of(text_of(*documents), tmp_path).RULE
        return rule

    return made


def refusal(*documents: dict[str, Any]) -> str:
    result = outcomes(*documents)[-1]
    assert result.refused
    return result.message


def made(**fields: Any) -> Event:
    return Event(record("iam:CreateUser", iam_user("ana"), **fields))


MATCHING: list[tuple[str, Any, Any, Any]] = [
    ("userName", "Mallory", "MALLORY", "mallory2"),
    ("userName__cased", "Mallory", "Mallory", "mallory"),
    ("userName", ["eve", "mallory"], "mallory", "ana"),
    ("userName", "", "", "x"),
    ("userName__contains", "adm", "the-Admin", "root"),
    ("userName__contains", ["adm", "svc"], "a-svc-b", "root"),
    ("userName__contains__all", ["adm", "svc"], "svc-admin", "svc-a"),
    ("userName__contains__cased", "Adm", "Adm1n", "adm1n"),
    ("userName__startswith", "svc-", "SVC-a", "a-svc-"),
    ("userName__endswith", "-tmp", "a-TMP", "-tmp-a"),
    ("userName", "svc-*-tmp", "svc-a-b-TMP", "svc-tmp"),
    ("userName", "svc-???", "svc-abc", "svc-ab"),
    ("userName", r"a\*b", "a*b", "axb"),
    ("userName", r"a\?b*", "a?bc", "axbc"),
    ("userName", r"a\\*", r"a\b", "ab"),
    ("userName", r"dom\user", r"DOM\user", "domuser"),
    ("userName", "*", "anybody", None),
    ("userName", None, None, "x"),
    ("userName__exists", True, "x", None),
    ("userName__exists", False, None, "x"),
    ("userName__re", "^svc-[0-9]{2}$", "svc-12", "SVC-12"),
    ("userName__re__i", "^svc-[0-9]{2}$", "SVC-12", "svc-1"),
    ("userName__re", ".*bad.*", "xbadx", "good"),
    ("userName__re", ".+:role/svc:.+", "x:role/svc:y", ":role/svc:"),
    ("userName__re", "(foo|bar)-x", "a-bar-x", "a-baz-x"),
    ("address__cidr", "10.0.0.0/8", "10.9.8.7", "11.9.8.7"),
    ("address__cidr", "2001:db8::/32", "2001:db8:1::1", "no address"),
    ("count__gt", 5, 6, 5),
    ("count__gte", 5, "5", 4),
    ("count__lt", 5, 4.5, 5),
    ("count__lte", 5, 5, 6),
    ("count__neq", 5, 6, 5),
    ("port", 22, "22", 23),
    ("port", "22", 22, 2222),
    ("flag", True, "true", False),
    ("flag", "false", False, "no"),
    ("flag", [True, "yes"], "yes", None),
]


@pytest.mark.parametrize(("name", "value", "bad", "good"), MATCHING)
def test_matches_values_as_sigma_does(
    name: str, value: Any, bad: Any, good: Any, rule_of: Callable[..., Rule]
) -> None:
    path, _, modifiers = name.partition("__")
    field = f"requestParameters.{path}" + (f"|{modifiers.replace('__', '|')}" if modifiers else "")
    rule = rule_of(sigma({"selection": CREATE | {field: value}}))
    assert rule.observe(made(requestParameters={path: bad}))
    assert not rule.observe(made(requestParameters={path: good}))


def test_compares_fields_with_each_other(rule_of: Callable[..., Rule]) -> None:
    path = "requestParameters.userName|fieldref"
    rule = rule_of(sigma({"selection": CREATE | {path: "userIdentity.userName"}}))
    assert rule.observe(made(requestParameters={"userName": "ANA"}))
    assert not rule.observe(made(requestParameters={"userName": "eve"}))


def test_compares_parts_of_fields_with_each_other(rule_of: Callable[..., Rule]) -> None:
    path = "requestParameters.note|fieldref|{}"
    for how, bad, good in [
        ("contains", "for ana only", "for eve"),
        ("startswith", "ana asked", "for ana"),
        ("endswith", "for ana", "ana asked"),
    ]:
        rule = rule_of(sigma({"selection": CREATE | {path.format(how): "userIdentity.userName"}}))
        assert rule.observe(made(requestParameters={"note": bad}))
        assert not rule.observe(made(requestParameters={"note": good}))


def test_looks_through_lists_and_into_objects(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma({"selection": CREATE | {"requestParameters.tags.key": "admin"}}))
    assert rule.observe(made(requestParameters={"tags": [{"key": "x"}, {"key": ["Admin"]}]}))
    rule = rule_of(sigma({"selection": CREATE | {"requestParameters|contains": '"key":"admin"'}}))
    assert rule.observe(made(requestParameters={"tags": [{"key": "admin"}]}))
    assert rule.observe(made(requestParameters={"document": '{"key":"admin"}'}))


CONDITIONS: list[tuple[str, str]] = [
    ("sel and a", "a"),
    ("sel and not a", ""),
    ("sel and (a or b)", "a b"),
    ("sel and not (a or b)", ""),
    ("sel and not (a and b)", "a b -"),
    ("sel and 1 of opt_*", "c"),
    ("sel and all of opt_*", "cd"),
    ("sel and any of opt_*", "c d"),
    ("sel and not 1 of opt_*", "- a"),
    ("sel and not 1 of them or sel", "a -"),
    ("all of them", "abcd"),
]


@pytest.mark.parametrize(("condition", "bad"), CONDITIONS)
def test_reads_conditions_as_sigma_does(
    condition: str, bad: str, rule_of: Callable[..., Rule]
) -> None:
    detection: dict[str, Any] = {
        "sel": CREATE,
        **{n: {f"requestParameters.{n}": "yes"} for n in "ab"},
        **{f"opt_{n}": {f"requestParameters.{n}": "yes"} for n in "cd"},
    }
    rule = rule_of(sigma(detection | {"condition": condition}))
    for letters in bad.split():
        event = made(requestParameters=dict.fromkeys(letters, "yes"))
        assert rule.observe(event), letters


def test_takes_one_of_several_conditions_or_selections(rule_of: Callable[..., Rule]) -> None:
    a, b = ({**CREATE, f"requestParameters.{n}": "yes"} for n in "ab")
    for rule in (
        rule_of(sigma({"a": a, "b": b, "condition": ["a", "b"]})),
        rule_of(sigma({"selection": [a, b]})),
    ):
        assert rule.observe(made(requestParameters={"a": "yes"}))
        assert rule.observe(made(requestParameters={"b": "yes"}))
        assert not rule.observe(made(requestParameters={"c": "yes"}))


def test_lists_the_events_that_a_rule_pins(rule_of: Callable[..., Rule]) -> None:
    names = ["stoplogging", "DeleteTrail"]
    rule = rule_of(
        sigma({"selection": {"eventSource": "cloudtrail.amazonaws.com", "eventName": names}})
    )
    assert rule.events == ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]
    assert rule.where is None
    assert rule.detect(Event({}))


def test_lists_only_pairs_that_cloudtrail_has(rule_of: Callable[..., Rule]) -> None:
    selection = {
        "eventSource": ["guardduty.amazonaws.com", "securityhub.amazonaws.com"],
        "eventName": ["DeleteDetector", "DisableSecurityHub"],
    }
    rule = rule_of(sigma({"selection": selection}))
    assert rule.events == ["guardduty:DeleteDetector", "securityhub:DisableSecurityHub"]


def test_spells_out_what_begins_with_a_word(rule_of: Callable[..., Rule]) -> None:
    selection = {"eventSource": "cloudtrail.amazonaws.com", "eventName|startswith": "stop"}
    rule = rule_of(sigma({"selection": selection}))
    assert {"cloudtrail:StopLogging", "cloudtrail:StopImport"} <= set(rule.events)
    assert all(event.startswith("cloudtrail:Stop") for event in rule.events)


def test_finds_every_service_that_has_an_event(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma({"selection": {"eventName": "CreateUser"}}))
    assert {"iam:CreateUser", "transfer:CreateUser", "identitystore:CreateUser"} & set(rule.events)
    assert "iam:CreateUser" in rule.events


def test_matches_names_with_an_api_version(rule_of: Callable[..., Rule]) -> None:
    for name in ("UpdateFunctionCode", "UpdateFunctionCode20150331v2"):
        selection = {"eventSource": "lambda.amazonaws.com", "eventName": name}
        rule = rule_of(sigma({"selection": [selection, selection | {"eventName": "Invoke"}]}))
        assert rule.events == ["lambda:UpdateFunctionCode", "lambda:Invoke"]
        assert rule.observe(Event(record("lambda:UpdateFunctionCode20150331v2", iam_user("eve"))))


def test_guards_what_looks_at_every_service(rule_of: Callable[..., Rule]) -> None:
    detection = {
        "selection": {"userIdentity.type": "Root"},
        "filter": {"eventType": "AwsServiceEvent"},
        "condition": "selection and not filter",
    }
    rule = rule_of(sigma(detection))
    assert rule.events == ["*"]
    assert rule.where == {"userIdentity": {"type": [{"equals-ignore-case": "Root"}]}}
    assert list(Engine([rule]).evaluate([Event(record("s3:ListBuckets", root()))]))


def test_guards_what_looks_at_one_service(rule_of: Callable[..., Rule]) -> None:
    selection = {"eventSource": "kms.amazonaws.com", "errorCode": ["AccessDenied", "Throttled"]}
    rule = rule_of(sigma({"selection": selection}))
    assert rule.events == ["kms:*"]
    assert rule.where == {
        "errorCode": [{"equals-ignore-case": "AccessDenied"}, {"equals-ignore-case": "Throttled"}]
    }


@pytest.mark.parametrize(
    "selection",
    [
        {"awsRegion": "us-east-1"},
        {"userAgent|contains": "python"},
        {"eventSource": "ec2.amazonaws.com", "readOnly": False},
        {"eventName|contains": "e"},
        {"userIdentity.type": ["Root", "IAMUser"]},
    ],
)
def test_refuses_a_rule_over_nearly_everything(selection: dict[str, Any]) -> None:
    assert "nearly every event" in refusal(sigma({"selection": selection}))


def test_refuses_an_event_that_never_occurs_and_says_what_was_meant() -> None:
    s3 = {"eventSource": "s3.amazonaws.com", "eventName": "PutLifecycleConfiguration"}
    assert "no event s3:PutLifecycleConfiguration" in refusal(sigma({"selection": s3}))
    domains = {"eventSource": "route53.amazonaws.com", "eventName": "DisableDomainTransferLock"}
    told = refusal(sigma({"selection": domains}))
    assert "did you mean route53domains:DisableDomainTransferLock?" in told
    typo = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUsr"}
    assert "did you mean iam:CreateUser?" in refusal(sigma({"selection": typo}))
    assert "no event Nothing" in refusal(sigma({"selection": {"eventName": "Nothing"}}))


def test_drops_an_event_that_never_occurs_beside_others_and_warns() -> None:
    names = ["DeleteBucketPolicy", "PutLifecycleConfiguration"]
    [result] = outcomes(
        sigma({"selection": {"eventSource": "s3.amazonaws.com", "eventName": names}})
    )
    assert result.imported
    assert "s3:PutLifecycleConfiguration" in result.imported.warnings[0]
    assert 'events=["s3:DeleteBucketPolicy"]' in result.imported.text


def test_refuses_a_service_that_is_not_there() -> None:
    told = refusal(sigma({"selection": CREATE | {"eventSource": "aim.amazonaws.com"}}))
    assert "no eventSource aim.amazonaws.com" in told


def test_reads_success_as_no_error_code_and_warns(rule_of: Callable[..., Rule]) -> None:
    rule = asked(errorCode="Success")
    [result] = outcomes(rule)
    assert result.imported
    assert "no errorCode for a success" in result.imported.warnings[0]
    assert rule_of(rule).observe(made())
    assert not rule_of(rule).observe(made(errorCode="AccessDenied"))
    either = asked(errorCode=["Success", None])
    assert rule_of(either).observe(made())


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


def test_refuses_a_rule_without_a_technique() -> None:
    assert "names no ATT&CK technique" in refusal(sigma(tags=[]))
    assert "other than T9999" in refusal(sigma(tags=["attack.t9999"]))


def test_counts_events(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma(name="made"), correlation())
    assert isinstance(rule.correlation, EventCount)
    assert rule.correlation.at_least == 5
    assert rule.correlation.timespan.total_seconds() == 600
    assert rule.correlation.group_by(made()) == rule.correlation.group_by(made(minute=3))
    assert rule.attack == {Tactic.PERSISTENCE: ["T1136.003"]}
    more = rule_of(sigma(name="made"), correlation(condition={"gt": 5})).correlation
    assert isinstance(more, EventCount)
    assert more.at_least == 6


def test_counts_what_any_of_several_rules_sees(rule_of: Callable[..., Rule]) -> None:
    deleted = sigma({"selection": CREATE | {"eventName": "DeleteUser"}}, name="deleted")
    rule = rule_of(sigma(name="made"), deleted, correlation(rules=["made", "deleted"]))
    assert rule.events == ["iam:CreateUser", "iam:DeleteUser"]


def test_counts_values(rule_of: Callable[..., Rule]) -> None:
    condition = {"gte": 3, "field": "requestParameters.userName"}
    rule = rule_of(sigma(name="made"), correlation("value_count", condition=condition))
    assert isinstance(rule.correlation, ValueCount)
    [seen] = rule.observe(made(requestParameters={"userName": "eve"}))
    assert seen
    assert seen.label == "eve"
    assert not rule.observe(made())


def test_counts_addresses(rule_of: Callable[..., Rule]) -> None:
    condition = {"gte": 3, "field": "sourceIPAddress"}
    rule = rule_of(sigma(name="made"), correlation("value_count", condition=condition))
    assert isinstance(rule.correlation, ValueCount)


def test_leaves_out_events_without_the_field_they_are_grouped_by(
    rule_of: Callable[..., Rule],
) -> None:
    rule = rule_of(
        sigma(name="made"), correlation("event_count", **{"group-by": ["requestParameters.path"]})
    )
    assert not rule.observe(made())
    assert rule.observe(made(requestParameters={"path": "/"}))


def test_orders_events(rule_of: Callable[..., Rule]) -> None:
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    ordered = correlation("temporal_ordered", rules=["made", "key"])
    del ordered["correlation"]["condition"]
    rule = rule_of(sigma(name="made"), key, ordered)
    assert isinstance(rule.correlation, TemporalOrdered)
    assert rule.correlation.labels == ("made", "key")
    events = [
        made(),
        Event(record("iam:CreateAccessKey", iam_user("ana"), minute=1)),
    ]
    assert list(Engine([rule]).evaluate(events))


def test_finds_the_rules_of_a_correlation_in_other_files_and_by_id() -> None:
    number = "3f6b3a52-0b7a-4f0e-9a4f-0d8c5a4f1c11"
    files = [
        ("b.yml", yaml.safe_dump(correlation(rules=[number]))),
        ("a.yml", yaml.safe_dump(sigma(id=number))),
    ]
    counted, part = results(files, PACK)
    assert counted.imported
    assert not part.refused
    assert part.message == "is part of 'Users were made, many'"


def test_keeps_a_rule_that_a_correlation_generates() -> None:
    single, counted = outcomes(sigma(name="made"), correlation(generate=True))
    assert single.imported
    assert counted.imported


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"type": "temporal"}, "use temporal_ordered"),
        ({"type": "value_sum", "condition": {"gte": 5, "field": "x"}}, "do no value_sum"),
        ({"type": "value_avg", "condition": {"gte": 5, "field": "x"}}, "do no value_avg"),
        ({"condition": {"eq": 5}}, "can only become more"),
        ({"condition": {"lt": 5}}, "can only become more"),
        ({"condition": {"neq": 5}}, "can only become more"),
        ({"condition": {"gte": 1}}, "count from 2"),
        ({"condition": {"gte": 5000}}, "count from 2"),
        ({"condition": {"gte": 2.5}}, "count from 2"),
        ({"condition": "made and made"}, "is no Sigma rule"),
        ({"timespan": "1y"}, "more than 90 days"),
        ({"timespan": "soon"}, "is no Sigma rule"),
        ({"aliases": {"who": {"made": "userIdentity.arn"}}}, "aliases"),
        ({"group-by": ["userIdentity.shoe"]}, "no field shoe"),
        ({"rules": ["other"]}, "give the file it is in"),
        ({"type": "temporal_ordered"}, "two rules or more"),
        (
            {"type": "temporal_ordered", "rules": ["made", "key"], "condition": {"gte": 1}},
            "leave out its condition",
        ),
        (
            {"type": "temporal_ordered", "rules": ["made", "key"], "condition": "made and key"},
            "combines rules",
        ),
        (
            {"type": "value_count", "condition": {"gte": 3, "field": ["eventName", "awsRegion"]}},
            "count one field",
        ),
        (
            {"type": "value_count", "condition": {"gte": 3, "field": "eventName"}},
            "no different values",
        ),
    ],
)
def test_refuses_correlations_that_rules_cannot_do(told: dict[str, Any], reason: str) -> None:
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    assert reason in refusal(sigma(name="made"), key, correlation(**told))


def test_refuses_to_correlate_correlations() -> None:
    inner = correlation() | {"name": "inner"}
    assert "correlate rules" in refusal(sigma(name="made"), inner, correlation(rules=["inner"]))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("requestParameters.a|base64", "x", "base64 looks for encoded text"),
        ("requestParameters.a|base64offset|contains", "x", "base64offset looks for encoded"),
        ("requestParameters.a|wide|base64", "x", "encoded text"),
        ("requestParameters.a|windash|contains", "-x", "command lines of Windows"),
        ("requestParameters.a|expand", "%admins%", "write them into the rule"),
        ("eventTime|hour", 3, "looks at the clock"),
        ("requestParameters.a|nothing", "x", "is no Sigma rule"),
        ("requestParameters.a|re", "(a+)+b", "repeats repetitions"),
        ("requestParameters.a|re", "(a|b)*c", None),
        ("requestParameters.a|re", "x.*y.*z.*w", "may take too long"),
        ("requestParameters.a|re", "a(?=b)", "is no Sigma rule"),
        ("requestParameters.a|re", r"\pN", "Python does not read"),
        ("requestParameters.a|cidr", "10.0.0.1/8", "is no Sigma rule"),
        ("requestParamters.a", "x", "no field requestParamters"),
        ("userIdentity.shoe", "x", "no field shoe"),
        ("requestParameters.items{}.a", "x", "write it as CloudTrail does"),
        ("eventVersion", {"a": 1}, "is no Sigma rule"),
    ],
)
def test_refuses_what_it_cannot_express(field: str, value: Any, reason: str | None) -> None:
    result = outcomes(sigma({"selection": CREATE | {field: value}}))[-1]
    assert result.refused is (reason is not None)
    assert (reason or "") in result.message


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (sigma({"selection": ["keyword"]}), "keywords"),
        (sigma({"selection": CREATE, "condition": "selection | count() > 5"}), "deprecated"),
        (sigma({"selection": CREATE, "condition": "selection and"}), "Expected"),
        (sigma({"selection": CREATE, "condition": "1 of nothing*"}), "doesn't match"),
        (sigma({"selection": CREATE, "condition": "other"}), "not defined"),
        (sigma(logsource={"product": "windows", "service": "security"}), "only aws/cloudtrail"),
        (sigma(logsource={"product": "aws"}), "only aws/cloudtrail"),
        (sigma(status="deprecated"), "do not use it any more"),
        (sigma(status="unsupported"), "do not use it any more"),
        (sigma(title="\u200b"), "give it a `name`"),
        (sigma(title=None), "is no Sigma rule"),
        (sigma(level="huge"), "is no Sigma rule"),
        (sigma(logsource=["aws"]), "is no Sigma rule"),
        (sigma() | {"detection": "all"}, "is no Sigma rule"),
        ({"correlation": 5, "title": "x"}, "is no Sigma rule"),
        ({"filter": {"rules": ["x"], "selection": {}}, "title": "x"}, "tuning.toml"),
        ({"hello": "world"}, "is no Sigma rule"),
        (
            sigma({"selection": CREATE, "no": CREATE, "condition": "selection and not no"}),
            "contradict itself",
        ),
    ],
)
def test_refuses_what_is_no_rule_for_cloudtrail(rule: dict[str, Any], reason: str) -> None:
    told = " ".join(result.message for result in outcomes(rule) if result.refused)
    assert reason in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "is no YAML"),
        ("a: 1\na: 2", "Duplicate key"),
        ("!!python/object/apply:os.system [id]", "is no YAML"),
        ("just text", "is no Sigma"),
        ("", "is no Sigma"),
        ("- a\n- b", "is no Sigma"),
        ("{[a]: 1}", "is no YAML"),
        ("&a [*a]", "is no"),
    ],
)
def test_refuses_what_is_no_sigma_at_all(text: str, reason: str) -> None:
    [result] = results([("x.yml", text)], PACK)
    assert result.refused
    assert reason in result.message
    assert "\n" not in result.message


def test_one_bad_rule_of_a_file_does_not_silence_the_rest() -> None:
    bad, good = outcomes(sigma(level="huge"), sigma())
    assert bad.refused
    assert good.imported


def test_understands_collections_with_a_common_part() -> None:
    common = {"action": "global", **sigma()}
    detection = common.pop("detection")
    [result] = outcomes(common, {"detection": detection})
    assert result.imported


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


def test_lets_through_expressions_that_take_little_time() -> None:
    for pattern in ("^arn:aws:iam::[0-9]{12}:user/.*", "(curl|wget|python)/[0-9.]+", ".*foo.*"):
        fast = guarded(pattern)
        text = sample(fast)
        assert text
        started = time.process_time()
        event = made(userAgent="arn:aws:iam::1curl/0foo" * 20_000)
        modifiers.matches(event, "userAgent", fast)
        assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a*)*b", "(a|aa)+b", "(.*a){10}", "a*a*a*b", "(?:a?){9}b", "a?" * 9, "x" * 501, "["],
)
def test_refuses_expressions_that_may_take_for_ever(pattern: str) -> None:
    with pytest.raises(RefusedError):
        guarded(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"^a[b-d]{2,}\d+\s\w?\.x$", "[^a-z]x", "(foo|bar)baz", "(?i)ABC", ".{3}", r"[\w-]+@[^@]x"],
)
def test_makes_up_a_text_for_an_expression(pattern: str) -> None:
    assert sample(pattern)


def test_wildcards_take_no_time_to_speak_of() -> None:
    event = made(userAgent="a" * 200_000)
    started = time.process_time()
    assert not modifiers.like(event, "userAgent", "*a" * 30 + "*b", "?a*" * 30 + "b")
    assert time.process_time() - started < 5


@given(records, texts)
def test_no_record_makes_a_predicate_fail(told: dict[str, Any], text: str) -> None:
    event = Event(told)
    for path in [*told, "userIdentity.sessionContext.attributes", "eventName", "resources.ARN"]:
        modifiers.exists(event, path)
        for find in (
            *(modifiers.equals, modifiers.contains, modifiers.startswith),
            *(modifiers.endswith, modifiers.like),
        ):
            find(event, path, text, "x")
        modifiers.matches(event, path, "^x.*y")
        modifiers.in_network(event, path, "10.0.0.0/8")
        modifiers.compares(event, path, "<", 5)
        for compare in (
            *(modifiers.equals_field, modifiers.contains_field),
            *(modifiers.startswith_field, modifiers.endswith_field),
        ):
            compare(event, path, "userAgent")
        modifiers.grouped_by(path, "eventName")(event)


@given(texts, st.integers(0, 3))
def test_a_wildcard_for_each_end_is_contains(text: str, cut: int) -> None:
    event = made(userAgent=text)
    part = text[cut:]
    pattern = part.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    assert modifiers.like(event, "userAgent", f"*{pattern}*")


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    import_sigma.add_to(parser.add_subparsers())
    told = parser.parse_args(["import-sigma", *map(str, arguments)])
    status: int = told.run(told)
    return status


@pytest.fixture
def sigma_file(tmp_path: Path) -> Callable[..., Path]:
    def written(*documents: dict[str, Any], name: str = "rule.yml") -> Path:
        file = tmp_path / name
        file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
        return file

    return written


def test_writes_rules_that_the_catalog_finds(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "lambdas" / "local_rules"
    assert run("--folder", folder, sigma_file(sigma())) == 0
    told = capsys.readouterr()
    assert told.err.splitlines()[-1] == "1 written, 0 refused"
    assert (folder / "iam" / "a_user_was_made.py").is_file()
    program = (
        "from trailwarden import catalog; from trailwarden.authoring.lint import lint; "
        "from trailwarden.aws.api_models import operations; "
        "[m] = [m for m in catalog.modules() if m.__name__.startswith('local_rules.')]; "
        "print(m.RULE.id, list(lint(m, operations)), len(list(m.examples())))"
    )
    paths = os.pathsep.join([str(folder.parent), str(ROOT / "lambdas")])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "iam.a_user_was_made [] 2\n", done.stderr


def test_overwrites_nothing_unless_told_to(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = sigma_file(sigma())
    folder = tmp_path / "rules"
    assert run("--folder", folder, file) == 0
    made_file = folder / "iam" / "a_user_was_made.py"
    made_file.write_text("mine", encoding="utf-8")
    assert run("--folder", folder, file) == 1
    assert made_file.read_text(encoding="utf-8") == "mine"
    assert "--force" in capsys.readouterr().err
    assert run("--folder", folder, "--force", file) == 0
    assert made_file.read_text(encoding="utf-8") != "mine"


def test_shows_modules_and_writes_none(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--stdout", sigma_file(sigma())) == 0
    assert capsys.readouterr().out.startswith('"""A user was made.\n')
    assert [path.name for path in tmp_path.iterdir()] == ["rule.yml"]


def test_says_in_a_line_what_is_wrong_with_a_file_and_goes_on(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    windows = sigma_file(sigma(logsource={"product": "windows"}), name="windows.yml")
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    missing = tmp_path / "missing.yml"
    big = tmp_path / "big.yml"
    big.write_bytes(b"#" * 1_000_001)
    good = sigma_file(sigma())
    files = (windows, binary, missing, big, tmp_path, good)
    assert run("--folder", tmp_path / "rules", *files) == 1
    told = capsys.readouterr().err.splitlines()
    for file in (windows, binary, missing, big, tmp_path):
        assert sum(line.startswith(f"{file}: ") for line in told) == 1
    assert told[-1] == "1 written, 5 refused"


def test_refuses_two_rules_of_one_name_and_that_of_a_shipped_one(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    login = sigma(
        {"selection": {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}},
        name="console_brute_force",
    )
    file = sigma_file(sigma(), sigma(), login)
    assert run("--folder", tmp_path / "rules", file) == 1
    told = capsys.readouterr().err
    assert "as another rule" in told
    assert "take the place of the shipped signin.console_brute_force" in told
    assert told.splitlines()[-1] == "1 written, 2 refused"


def test_keeps_file_names_inside_the_folder(
    tmp_path: Path, sigma_file: Callable[..., Path]
) -> None:
    folder = tmp_path / "rules"
    names = ["../../evil", "/etc/passwd", "__init__", "class", "9 lives", "con\x00trol"]
    for number, name in enumerate(names):
        file = sigma_file(sigma(title=name), name=f"{number}.yml")
        assert run("--folder", folder, file) == 0
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    assert found == [
        *("iam/__init__.py", "iam/control.py", "iam/etc_passwd.py", "iam/evil.py", "iam/init.py"),
        *("iam/rule_9_lives.py", "iam/rule_class.py"),
    ]
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".yml"} == {"rules"}


def test_says_that_pysigma_is_missing(tmp_path: Path, sigma_file: Callable[..., Path]) -> None:
    script = (
        "import sys, argparse; sys.modules['sigma'] = None; "
        "from trailwarden.cli import import_sigma; p = argparse.ArgumentParser(); "
        "import_sigma.add_to(p.add_subparsers()); "
        "told = p.parse_args(['import-sigma', sys.argv[1]]); sys.exit(told.run(told))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sigma_file(sigma())],
        env=os.environ | {"PYTHONPATH": str(ROOT / "lambdas")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install pysigma" in done.stderr
    assert not (tmp_path / "rules").exists()
