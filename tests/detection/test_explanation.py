from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from trailwarden import Caller, Match, Rule, Severity, catalog
from trailwarden.cloudtrail.caller import AWS_ITSELF, DEPLOYMENT, NOBODY
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
    root,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.correlations import EventCount, FirstSeen, TemporalOrdered, by_actor
from trailwarden.detection.attack import Tactic
from trailwarden.detection.engine import Engine, Sighting
from trailwarden.detection.explanation import counted, verdict
from trailwarden.detection.index import Index
from trailwarden.detection.rule import ATTEMPTED, SUCCEEDED, Mode
from trailwarden.detection.watched import fields_read
from trailwarden.environment import Environment

MODULES = [module for module in catalog.shipped() if module.RULE.events]
HOUR = timedelta(hours=1)
RULE = Rule(
    "trailwarden.rules.iam.plain",
    "User was made.\n\nIt matters.",
    lambda event: Match(event.request("userName")) if event.request("userName") else None,
    events=["iam:CreateUser"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Look.",
)
MADE = record("iam:CreateUser", iam_user("alice"), requestParameters={"userName": "x"})


def disagreements(modules: Iterable[ModuleType]) -> list[str]:
    """Return the stories in which the explanation is another than what the engine does."""
    found = []
    for module in modules:
        rule = replace(module.RULE, mode=Mode.ALERT)
        engine, watching = Engine([rule]), Index([rule])
        environment = getattr(module, "ENVIRONMENT", Environment())
        for example in module.examples():
            for told in example.records:
                event = Event(told, environment)
                sighted = [o for o in engine.sight(event) if isinstance(o, Sighting)]
                explained = verdict(rule, event, watching)
                is_wanted = bool(watching.rules_for(told))
                if bool(sighted) != bool(explained.seen) or not explained.said:
                    found.append(f"{rule.id}: {example.name}: {explained.said}")
                if is_wanted == bool(watching.refusing(rule, told)):
                    found.append(f"{rule.id}: {example.name}: the index")
    return found


def test_the_explanation_agrees_with_the_engine() -> None:
    assert disagreements(MODULES[::12]) == []


@pytest.mark.exhaustive
def test_the_explanation_agrees_with_the_engine_on_every_rules_stories() -> None:
    assert disagreements(MODULES) == []


def said(record: Record, environment: Environment | None = None, **fields: Any) -> str:
    event = Event(record, environment or Environment())
    return verdict(replace(RULE, **fields), event).said


def by(who: Fields, **fields: Any) -> Record:
    return {**MADE, "userIdentity": who, **fields}


def test_says_which_field_keeps_an_event_away() -> None:
    assert said(record("iam:DeleteUser", iam_user("alice"))) == (
        "not among the rule's events, which are iam:CreateUser"
    )
    where: dict[str, Any] = {"awsRegion": ["eu-west-1"]}
    assert said(MADE, where=where) == (
        "left out by `where`: awsRegion is 'us-east-1', and has to be one of ['eu-west-1']"
    )
    where = {"requestParameters": {"path": [{"exists": True}]}}
    assert said(MADE, where=where) == (
        "left out by `where`: requestParameters.path is not there, and has to be one of "
        "[{'exists': True}]"
    )


def test_says_as_which_caller_somebody_is_exempt_and_by_which_line() -> None:
    assert said(by(aws_service("iam.amazonaws.com"))) == "exempt: the caller is AWS itself"
    account = MADE["recipientAccountId"]
    known = Environment(own_accounts=(account,), deploy_roles=("arn:aws:iam::*:role/ci-*",))
    told = said(by(assumed_role("ci-deploy")), known)
    assert told == (
        "exempt: the caller is a deploy role, by 'arn:aws:iam::*:role/ci-*' in deploy_roles"
    )


def test_says_what_else_a_rule_leaves_out() -> None:
    refused = denied("iam:CreateUser", iam_user("alice"))
    assert said(refused).startswith("left out: the request refused with AccessDenied, and the rule")
    only_root = frozenset({Caller.ROOT})
    assert said(MADE, callers=only_root) == (
        "left out: the caller is an IAM user's access key, and the rule is about the root user"
    )
    assert said(by(root()), callers=only_root).startswith("seen, label x, group ")
    assert said(MADE, hides=lambda _: "tuning.toml, line 7") == "hidden by tuning.toml, line 7"


def test_says_what_detect_read_where_it_returned_nothing() -> None:
    assert said(by(iam_user("bob"), requestParameters=None)) == (
        "nothing seen: `detect` read requestParameters (absent) and returned nothing"
    )
    assert said({**MADE, "requestParameters": {"userName": ""}}) == (
        "nothing seen: `detect` read requestParameters.userName '' and returned nothing"
    )
    reads_none = said(MADE, detect=lambda _: None)
    assert reads_none == "nothing seen: `detect` read no field and returned nothing"


def while_watched(rule: Rule, event: Event) -> Match | None:
    """Return what a rule sees in a record of which each reading is noted."""
    found: list[Match | None] = []

    def detect(seen: Event) -> None:
        found.append(rule.detect(seen))

    fields_read(detect, event)
    return found[0]


def test_a_rule_sees_the_same_in_a_record_that_is_watched() -> None:
    for module in MODULES[::40]:
        environment = getattr(module, "ENVIRONMENT", Environment())
        for told in (one for example in module.examples() for one in example.records):
            event = Event(told, environment)
            assert while_watched(module.RULE, event) == module.RULE.detect(event)


def test_says_how_a_rule_fails() -> None:
    assert said(MADE, detect=lambda _: 1 / 0).startswith("the rule fails: ZeroDivisionError(")
    assert "detect returned True: return Match" in said(MADE, detect=lambda _: True)


def test_says_where_nobody_is_told() -> None:
    told = said(MADE, hunts_in=["*"])
    assert told.endswith("; recorded, and nobody is told: it is expected in this account")


def sights(rule: Rule, *minutes: int, name: str = "x") -> list[Any]:
    made = (
        record("iam:CreateUser", iam_user("alice"), minute=m, requestParameters={"userName": name})
        for m in minutes
    )
    return [seen for told in made for seen in rule.observe(Event(told))]


def test_says_how_far_events_add_up() -> None:
    count = EventCount(at_least=3, timespan=HOUR, group_by=by_actor)
    rule = replace(RULE, correlation=count, exempt=NOBODY)
    assert list(counted(rule, sights(rule, 0, 5, 200), {})) == [
        "2 of 3 within 1 hour",
        "does not add up: nothing is told",
    ]
    assert list(counted(rule, sights(rule, 0, 5, 9, 300), {})) == [
        "3 of 3 within 1 hour",
        "adds up: 3 events are told",
    ]


def test_says_which_links_of_a_chain_were_seen() -> None:
    chain = TemporalOrdered(labels=("x", "y"), timespan=HOUR, group_by=by_actor)
    rule = replace(RULE, correlation=chain, exempt=AWS_ITSELF)
    assert list(counted(rule, sights(rule, 0), {}))[:2] == ["x: seen", "y: not seen"]


def test_says_how_long_an_account_is_learned() -> None:
    first = FirstSeen(timespan=90 * 24 * HOUR, learning=14 * 24 * HOUR, group_by=by_actor)
    rule = replace(RULE, correlation=first, outcome=ATTEMPTED)
    [seen] = sights(rule, 0)
    lines = list(counted(rule, [seen], {seen.account_id: [seen.time.date()]}))
    assert lines[0].endswith(f"was first heard on {seen.time.date()}, and is learned for 14 days")
    assert lines[1] == "does not add up: nothing is told"


def of_fields(event: Event) -> Match:
    return Match(event.text("eventName")[99])


def no_match(_: Event) -> Any:
    return True


@pytest.mark.parametrize(
    ("module", "detect", "after"), [(__name__, of_fields, 1), ("local_rules.iam.odd", no_match, 0)]
)
def test_an_error_is_told_with_the_line_of_the_rule_and_not_of_the_engine(
    module: str, detect: Any, after: int
) -> None:
    failing = replace(RULE, module=module, detect=detect)
    line = detect.__code__.co_firstlineno + after
    said = verdict(failing, Event(MADE)).said
    assert said.endswith(f", raised in line {line} of {__file__}")
