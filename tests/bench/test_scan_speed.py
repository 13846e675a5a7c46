import json
from pathlib import Path

import pytest

from bench.scan_speed import measure, ratios, resized
from bench.speed_corpus import FORMS, attacked, ordinary, strangers, write
from bench.speed_page import (
    DOCS,
    KEPT,
    KEPT_OF_MEMORY,
    page,
    picture,
    picture_of_memory,
)
from trailwarden import catalog
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.detection.rule import Mode
from trailwarden.scenario.company import company

SLOWER = 1.3
"""By how much the ratios may grow before somebody has to look."""

KEPT_FIGURES = json.loads(KEPT.read_text(encoding="utf-8"))


def test_the_page_shows_the_figures_that_are_kept() -> None:
    memory = json.loads(KEPT_OF_MEMORY.read_text(encoding="utf-8"))
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page(KEPT_FIGURES, memory)
    assert (DOCS / "memory.svg").read_text(encoding="utf-8") == picture_of_memory(memory)
    assert (DOCS / "performance.svg").read_text(encoding="utf-8") == picture(KEPT_FIGURES)


def test_fewer_rules_are_some_of_the_pack_and_more_are_copies() -> None:
    pack = catalog.load().rules[:10]
    assert [rule.id for rule in resized(pack, 5)] == [rule.id for rule in pack[::2]]
    more = list(resized(pack, 25))
    assert len({rule.id for rule in more}) == 25
    assert more[:10] == pack


def test_a_stranger_comes_once() -> None:
    same = [record("s3:ListBuckets", assumed_role("Web"))] * 3
    identities = {json.dumps(each["userIdentity"]) for each in strangers(same)}
    assert len(identities) == 3


@pytest.mark.parametrize("form", FORMS)
def test_files_of_each_form_hold_the_same_events(form: str, tmp_path: Path) -> None:
    corpus = write(attacked(50), tmp_path / "logs", size=20, form=FORMS[form])
    assert (len(corpus.files), corpus.events) == (3, 50)


@pytest.mark.alone
@pytest.mark.exhaustive
def test_a_scan_is_not_slower_than_it_was(tmp_path: Path) -> None:
    tuning = tmp_path / "tuning.toml"
    tuning.write_text(company().tuning, encoding="utf-8")
    pack = catalog.load(tuning)
    pack = pack._replace(rules=[rule for rule in pack.rules if rule.mode is not Mode.OFF])
    events = KEPT_FIGURES["events"]
    corpora = {"month": ordinary(events), "attack day": attacked(events)}
    for title, records in corpora.items():
        now = ratios(write(records, tmp_path / title), pack, rounds=5)
        for way in ("whole pack", "alerts only"):
            before = KEPT_FIGURES["corpora"][title][way]["ratio"]
            assert now[way]["ratio"] < SLOWER * before, (title, way)


@pytest.mark.exhaustive
def test_everything_is_measured() -> None:
    assert measure(600, 1).keys() == KEPT_FIGURES.keys()
