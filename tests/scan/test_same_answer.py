"""The fast way gives what the standard library gives with every rule, for any bytes."""

import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.evaluate import DATA
from trailwarden import catalog
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event, plain_name
from trailwarden.cloudtrail.lineage import trace
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine, Sighting
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.incidents.bearing import lineage_of
from trailwarden.detection.pattern import Test, leaf_test, leaves, lookup
from trailwarden.detection.rule import Mode, Rule, observations
from trailwarden.detection.selection import Selection
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.logfile.reader import Batch, Defect, Note, Reader
from trailwarden.scan.spool import Spool
from trailwarden.scenario import attack, benign
from trailwarden.scenario.company import company, month

ENGINE = Engine(catalog.load().rules)
ENVIRONMENT = Environment(
    deploy_roles=("arn:aws:iam::*:role/deploy",),
    security_roles=("arn:aws:iam::*:role/audit*",),
    egress_ranges=("198.51.100.0/25",),
    hostile_ranges=("203.0.113.0/26",),
    break_glass_roles=("arn:aws:iam::*:role/Emergency*",),
)


class Answer(NamedTuple):
    """All that a scan tells of one file, before anything is counted."""

    sightings: Counter[str]
    failures: Counter[str]
    events: int
    defects: list[str]
    notes: list[str]
    heard: Sequence[tuple[str, str]]


def fast(data: bytes) -> Answer:
    engine = ENGINE.afresh()
    selection = Selection(engine, ENVIRONMENT)
    batches = list(Reader(selection.wanted).read(io.BytesIO(data)))
    outcomes = [
        outcome
        for batch in batches
        if isinstance(batch, Batch)
        for each, chosen in batch
        for outcome in engine.sight(selection.event(each, chosen), chosen and chosen.rules)
    ]
    return answer(outcomes, batches, engine.heard.take())


def plain(data: bytes) -> Answer:
    engine = ENGINE.afresh()
    batches = list(Reader().read(io.BytesIO(data)))
    records = [r for batch in batches if isinstance(batch, Batch) for r in batch.records]
    for each in records:
        engine.heard.note(each.get("recipientAccountId"), each.get("eventTime"))
    outcomes = (outcome for each in records for outcome in asked_of_every_rule(each))
    return answer(outcomes, batches, engine.heard.take())


def answer(
    outcomes: Iterable[Sighting | RuleFailure],
    batches: Sequence[Batch | Defect | Note],
    heard: Sequence[tuple[str, str]],
) -> Answer:
    sightings, failures = Counter[str](), Counter[str]()
    for outcome in outcomes:
        if isinstance(outcome, RuleFailure):
            failures[f"{outcome.rule_id} {outcome.error!r}"] += 1
        else:
            sightings[f"{outcome.rule.id} {outcome.observation!r}"] += 1
    return Answer(
        sightings,
        failures,
        sum(batch.count for batch in batches if isinstance(batch, Batch)),
        [batch.message for batch in batches if isinstance(batch, Defect)],
        [batch.message for batch in batches if isinstance(batch, Note)],
        heard,
    )


class Asking(NamedTuple):
    rule: Rule
    actions: frozenset[str]
    tests: Sequence[tuple[str, Test]]


ASKING = [
    Asking(
        rule,
        frozenset(rule.events),
        [(path, leaf_test(values, path)) for path, values in leaves(rule.where or {})],
    )
    for rule in ENGINE.rules
    if not rule.signals
]


def asked_of_every_rule(record: Record) -> Iterator[Sighting | RuleFailure]:
    named = Event(record)
    actions = {
        f"{named.service}:{name}" for name in (named.event_name, plain_name(named.event_name))
    }
    actions |= {f"{named.service}:*", "*"}
    for rule, events, tests in ASKING:
        if actions.isdisjoint(events) or not all(t(lookup(record, path)) for path, t in tests):
            continue
        event = Event(record, ENVIRONMENT)
        try:
            seen = rule.look(event)
            if seen:
                counts = rule.correlation
                is_mild = (seen[0].severity or rule.severity) <= Severity.LOW and not counts
                is_weak = rule.mode is Mode.HUNT or is_mild
                is_asked = is_weak or (counts is not None and counts.follows_lineage)
                is_traced = is_asked and event.caller is not Caller.AWS
                lineage = lineage_of(trace(event)) if is_traced else ""
                for each in observations(rule, event, *seen):
                    yield Sighting(rule, each._replace(lineage=lineage))
        except Exception as error:  # noqa: BLE001 - a rule that fails is told
            yield RuleFailure(rule.id, event.event_id, error)


def document(texts: Iterable[bytes]) -> bytes:
    return b'{"Records":[' + b",".join(texts) + b"]}"


def written(record: Any) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def sorted_keys(text: bytes) -> bytes:
    """Return a record with its keys in order; one that is odd already as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return text


ODD: dict[str, Callable[[bytes], bytes]] = {
    "a field twice": lambda t: t.replace(b'"eventName":', b'"eventName":"ListUsers","eventName":'),
    "another name behind": lambda t: t[:-1] + b',"eventName":"CreateAccessKey"}',
    "another principal behind": lambda t: t[:-1] + b',"userIdentity":{"type":"Root"}}',
    "an escaped key": lambda t: t.replace(b'"eventName"', rb'"eventN\u0061me"'),
    "an escaped key inside": lambda t: t.replace(b'"userName"', rb'"userN\u0061me"'),
    "an escaped name": lambda t: t.replace(b'"eventName":"C', rb'"eventName":"\u0043'),
    "an escaped failure": lambda t: t.replace(
        b'"responseElements":null', rb'"responseElements":{"ConsoleLogin":"F\u0061ilure"}'
    ),
    "NaN": lambda t: t.replace(b'"readOnly":false', b'"readOnly":NaN'),
    "NaN inside": lambda t: t.replace(b'"requestParameters":{', b'"requestParameters":{"n":NaN,'),
    "an infinite number": lambda t: t.replace(
        b'"requestParameters":{', b'"requestParameters":{"n":1e400,'
    ),
    "an infinite number in the identity": lambda t: t.replace(
        b'"userIdentity":{', b'"userIdentity":{"n":1e400,'
    ),
    "an endless number": lambda t: t.replace(
        b'"requestParameters":{', b'"requestParameters":{"n":' + b"7" * 4_400 + b","
    ),
    "a long number": lambda t: t[:-1] + b',"n":' + b"7" * 400 + b"}",
    "a lone surrogate": lambda t: t.replace(b'"userName":"', rb'"userName":"\ud800'),
    "a lone surrogate in the account": lambda t: t.replace(
        b'"recipientAccountId":"', rb'"recipientAccountId":"\ud800'
    ),
    "a lone surrogate that is skipped": lambda t: t[:-1] + rb',"x":"\ud800"}',
    "no UTF-8": lambda t: t.replace(b'"userAgent":"', b'"userAgent":"\xff'),
    "no UTF-8 in what is skipped": lambda t: t[:-1] + b',"x":"\xff"}',
    "a surrogate in UTF-8": lambda t: t[:-1] + b',"x":"\xed\xa0\x80"}',
    "a control character": lambda t: t[:-1] + b',"x":"\x01"}',
    "a raw line break": lambda t: t[:-1] + b',"x":"\n{"}',
    "no id": lambda t: t.replace(b'"eventID"', b'"eventId"'),
    "an empty id": lambda t: t.replace(b'"eventID":"', b'"eventID":"","was":"'),
    "an id that is a number": lambda t: t.replace(b'"eventID":"', b'"eventID":7,"was":"'),
    "no account": lambda t: t.replace(b'"recipientAccountId"', b'"recipient"'),
    "no source and no name": lambda t: t.replace(b'"event', b'"events'),
    "no identity": lambda t: t.replace(b'"userIdentity"', b'"user"'),
    "an identity of text": lambda t: t[:-1] + b',"userIdentity":"root"}',
    "an identity of null": lambda t: t[:-1] + b',"userIdentity":null}',
    "an identity that is a list": lambda t: t[:-1] + b',"userIdentity":[{"type":"Root"}]}',
    "a name that is a list": lambda t: t[:-1] + b',"eventName":["CreateUser"]}',
    "a source that is an object": lambda t: t[:-1] + b',"eventSource":{"a":"iam"}}',
    "an error that is true": lambda t: t[:-1] + b',"errorCode":true}',
    "an error that is one": lambda t: t[:-1] + b',"errorCode":1}',
    "a type that is a list": lambda t: t[:-1] + b',"eventType":["AwsServiceEvent"]}',
    "a time that is a number": lambda t: t[:-1] + b',"eventTime":5}',
    "an account that is a list": lambda t: t[:-1] + b',"recipientAccountId":["1"]}',
    "a console flag that is one": lambda t: t[:-1] + b',"sessionCredentialFromConsole":1}',
    "a console flag that is true": lambda t: t[:-1] + b',"sessionCredentialFromConsole":true}',
    "an event shared by accounts": lambda t: t[:-1] + b',"sharedEventID":"s"}',
    "an addendum": lambda t: t[:-1] + b',"addendum":{"originalEventID":"o"}}',
    "an answer that lists failures": lambda t: (
        t[:-1] + b',"responseElements":{"x":{"failedEntries":[{"a":1}]}}}'
    ),
    "an answer that lists errors": lambda t: t[:-1] + b',"responseElements":{"Errors":[{"a":1}]}}',
    "an answer that lists what is left": lambda t: (
        t[:-1] + b',"responseElements":{"UnprocessedFindings":[{"a":1}]}}'
    ),
    "a decoy in a text": lambda t: t[:-1] + rb',"x":"},{\"eventVersion\":\"1.11\""}',
    "a decoy in a list": lambda t: t[:-1] + b',"x":[{"a":1},{"eventVersion":"1"},{"b":2}]}',
    "a decoy that is a record": lambda t: t[:-1] + b',"x":[{"a":1},' + t + b"]}",
    "other keys first": lambda t: b'{"zone":1,' + t[1:],
    "white space": lambda t: b" {\n " + t[1:],
    "nested deeply": lambda t: t[:-1] + b',"x":' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    "a quote too few": lambda t: t.replace(b'"eventName":"', b'"eventName":', 1),
    "a bracket too few": lambda t: t[:-1],
    "a bracket too many": lambda t: t + b"}",
    "a word": lambda t: t.replace(b"false", b"falsch"),
    "no object": lambda t: b"[" + t + b"]",
    "a number": lambda _: b"17",
    "nothing": lambda _: b"",
    "a wrapper": lambda t: document([t]),
    "sorted keys": sorted_keys,
}


@pytest.fixture(scope="module")
def texts() -> Sequence[bytes]:
    ordinary = islice(month(company(), days=1, density=0.01), 0, 4_000, 20)
    return [written(each) for each in (*attack.attack(), *benign.day(100), *others(), *ordinary)]


def others() -> list[Record]:
    return [
        record("iam:CreateUser", iam_user("mallory"), userName="eve"),
        record("iam:CreateAccessKey", root(), userName="eve"),
        console_login(iam_user("mallory"), succeeds=False),
        console_login(root()),
    ]


def test_an_ordinary_file_gives_the_same_answer(texts: Sequence[bytes]) -> None:
    found = fast(document(texts))
    assert found == plain(document(texts))
    assert found.sightings.total() > len(texts) / 4


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_record_gives_the_same_answer(kind: str, texts: Sequence[bytes]) -> None:
    odd = ODD[kind](texts[0])
    data = document([texts[1], odd, texts[-1], ODD[kind](written(others()[2]))])
    assert fast(data) == plain(data)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ODD)
def test_any_record_made_odd_gives_the_same_answer(kind: str, texts: Sequence[bytes]) -> None:
    for place in range(0, len(texts), 7):
        data = document([texts[place - 1], ODD[kind](texts[place]), texts[place - 2]])
        assert fast(data) == plain(data), place


def test_a_scan_that_folds_alike_events_keeps_the_same(
    texts: Sequence[bytes], tmp_path: Path
) -> None:
    ordinary = map(written, islice(month(company(), days=2, density=0.2), 0, 30_000, 10))
    mixed = [*texts, *ordinary]
    random.Random(7).shuffle(mixed)
    data = document(mixed)
    assert kept(data, tmp_path, folds=True) == (some := kept(data, tmp_path, folds=False))
    assert any(rule_id == "credential_access.session_on_two_networks" for rule_id, _ in some)


def kept(data: bytes, folder: Path, *, folds: bool) -> list[tuple[str, str]]:
    """Return what a scan puts on its spool."""
    engine, spool = ENGINE.afresh(), Spool(folder)
    selection = Selection(engine, ENVIRONMENT, folds=folds)
    return [
        (outcome.rule.id, repr(outcome.observation))
        for batch in Reader(selection.wanted).read(io.BytesIO(data))
        if isinstance(batch, Batch)
        for each, chosen in batch
        for outcome in engine.sight(
            selection.event(each, chosen), chosen and chosen.rules, is_known=spool.is_known
        )
        if isinstance(outcome, Sighting)
    ]


def test_an_event_without_an_id_is_known_by_its_whole_record() -> None:
    anonymous = [
        {key: value for key, value in each.items() if key != "eventID"} | {"more": n}
        for n, each in enumerate(others())
    ]
    data = document(map(written, anonymous))
    assert fast(data).sightings == plain(data).sightings
    assert len(fast(data).sightings) > 1


def test_bytes_that_are_no_text_are_told_where_nobody_looks(texts: Sequence[bytes]) -> None:
    data = document([texts[0][:-1] + b',"x":"\xff"}', *texts[1:9]])
    [defect] = fast(data).defects
    assert "not UTF-8" in defect
    assert fast(data) == plain(data)


KINDS = list(ODD.values())


def mutated(draw: random.Random, texts: Sequence[bytes]) -> bytes:
    """Return a log file in which some records are odd, and some bytes are others."""
    chosen = draw.choices(texts, k=draw.choice((5, 20, 20, 20, 90)))
    for _ in range(draw.randrange(4)):
        place = draw.randrange(len(chosen))
        chosen[place] = draw.choice(KINDS)(chosen[place])
    data = document(chosen)
    for _ in range(draw.choice((0, 0, 0, 1, 2))):
        at = draw.randrange(len(data))
        junk = draw.choice((b"", b'"', b"{", b"}", b"NaN", b"\\", b"\n", b"\xff", b'},{"a":'))
        data = data[:at] + junk + data[at + draw.randrange(2) :]
    return data if draw.randrange(9) else data[: draw.randrange(len(data))]


FILES = 1_400


@pytest.mark.parametrize(
    ("first", "last"), [(0, 6), pytest.param(6, FILES, marks=pytest.mark.exhaustive)]
)
def test_mutated_files_give_the_same_answer(first: int, last: int, texts: Sequence[bytes]) -> None:
    for seed in range(first, last):
        data = mutated(random.Random(seed), texts)
        assert fast(data) == plain(data), seed


@pytest.mark.exhaustive
def test_a_slice_of_the_month_gives_the_same_answer() -> None:
    texts = map(written, month(company(), days=2, density=0.2))
    data = document(texts)
    assert fast(data) == plain(data)


@pytest.mark.exhaustive
@pytest.mark.skipif(not DATA.is_dir(), reason="there are no public samples on this machine")
def test_public_samples_give_the_same_answer() -> None:
    compared = 0
    for path in sorted(p for p in DATA.rglob("*") if p.suffix in {".json", ".gz", ".jsonl"}):
        data = path.read_bytes()
        assert fast(data) == plain(data), path
        compared += 1
    assert compared
