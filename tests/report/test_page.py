"""The page: whole, harmless, and readable without a picture."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    console_login,
    iam_user,
    record,
    request,
)
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import members_of
from trailwarden.report.graph import graph
from trailwarden.report.lanes import lanes
from trailwarden.report.lettering import short, width
from trailwarden.report.page import MOST_MEMBERS, Known, Reading, page
from trailwarden.scenario import attack, shedding

EVIL = """"><script>alert(1)</script><img src=x onerror=y>' style=x:y {{ 7*7 }} \u202e"""
VOID = {"meta", "br", "img", "link", "input"}


class Reader(HTMLParser):
    """Reads a page, and notes its elements, ids and unclosed elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, found in self.elements if (value := found.get(name))]


def shed() -> Incident:
    [incident] = incidents_of(shedding.shedding())
    return incident


def read(*incidents: Incident) -> Reader:
    reader = Reader(page(incidents, (), NOON))
    assert reader.open == []
    return reader


def test_the_page_tells_the_incident() -> None:
    words = " ".join(read(shed()).text)
    for part in (
        "somebody is inside",
        "Bucket policy opened to outsiders",
        "attach-user-policy",
        "What the rules mean",
        "a session that the other opened",
    ):
        assert part in words


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    reader = read(shed())
    assert not {"script", "link", "iframe", "object", "form", "img"} & {
        e for e, _ in reader.elements
    }
    assert not reader.values("src")
    assert all(value.startswith("#") for value in reader.values("href"))
    assert not reader.values("style")


def test_its_policy_allows_its_own_style_alone() -> None:
    text = page([shed()], (), NOON)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in text
    assert f"style-src 'sha256-{digest}'" in text
    assert "unsafe-inline" not in text


def test_every_id_is_there_once_and_every_reference_leads_somewhere() -> None:
    reader = read(shed())
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in reader.values("href")} <= set(ids)
    for value in reader.values("aria-labelledby"):
        assert set(value.split()) <= set(ids)


def test_pictures_and_tables_are_told_in_words() -> None:
    reader = read(shed())
    pictures = [found for tag, found in reader.elements if tag == "svg" and "role" in found]
    assert len(pictures) == 3
    assert all(found.get("role") == "img" and found.get("aria-labelledby") for found in pictures)
    assert [t for t, _ in reader.elements].count("caption") == [
        t for t, _ in reader.elements
    ].count("table")
    assert all(found.get("scope") for tag, found in reader.elements if tag == "th")
    assert dict(reader.elements)["html"] == {"lang": "en"}


@pytest.mark.parametrize("evil", [EVIL, "x" * 3000, "\x00\x1b[2J", "\ud800"])
def test_no_text_of_a_record_does_harm(evil: str) -> None:
    by = iam_user(evil, key=evil)
    records = [
        request("cloudtrail:StopLogging", by, name=evil, fields={"sourceIPAddress": evil}),
        console_login(by, userAgent=evil, sourceIPAddress=evil, recipientAccountId=evil),
        request("iam:CreateAccessKey", by, userName=evil,
                answer={"accessKey": {"accessKeyId": evil, "userName": evil}}),
    ]  # fmt: skip
    alerts, _ = told(records)
    text = page(incidents_of(records), alerts, NOON)
    reader = Reader(text)
    assert reader.open == []
    assert not {"script", "img"} & {tag for tag, _ in reader.elements}
    assert "49" not in "".join(reader.text) or "{{" not in evil
    assert not [name for _, found in reader.elements for name in found if name.startswith("on")]
    assert all(c.isprintable() or c == "\n" for c in text)


def test_more_than_twelve_identities_are_folded() -> None:
    incident = shed()
    turn = incident.turns[0]
    more = [turn._replace(child=f"arn:aws:iam::111122223333:role/r{n}") for n in range(30)]
    big = replace(incident, turns=[*incident.turns, *more])
    words = " ".join(read(big).text)
    hidden = len(members_of(big)) - MOST_MEMBERS
    assert f"{hidden} more identities stand in the table below." in words


def test_circles_of_identities_are_drawn_back() -> None:
    [story] = incidents_of(attack.attack())
    drawn = graph(story, members_of(story))
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(drawn.boxes)
    assert any(arrow.dashed for arrow in drawn.arrows)
    assert all(box.x + 190 <= drawn.width for box in drawn.boxes)


def test_the_same_incidents_give_the_same_page() -> None:
    assert page([shed()], (), NOON) == page([shed()], (), NOON)


def test_nothing_found_is_a_page_that_says_what_was_read() -> None:
    text = page((), (), NOON, Known(reading=Reading(1, 300, 0)))
    assert "Trailwarden: Nothing found" in text
    assert "Read 300 events in 1 file. No rule found anything in them." in text
    assert "What the rules mean" not in text


def test_what_could_not_be_read_is_no_calm() -> None:
    text = page((), (), NOON, Known(reading=Reading(3, 2, 1)))
    assert "Not all could be read or judged: 1 problem." in text
    assert "No rule found anything" not in text


def test_one_thing_is_no_plural() -> None:
    stop = request("cloudtrail:StopLogging", iam_user("ann"), name="main")
    words = " ".join(read(*incidents_of([stop])).text)
    assert "Trailwarden: 1 incident " in words
    assert "2025-06-02 12:00 UTC" in " ".join(words.split())
    assert not re.search(r"\b1 \w+s\b", words.partition("}")[2].replace("1 times", ""))


def test_a_record_without_a_time_is_not_of_1970() -> None:
    stop = request("cloudtrail:StopLogging", iam_user("ann"), name="main",
                   fields={"eventTime": "yesterday"})  # fmt: skip
    words = " ".join(read(*incidents_of([stop])).text)
    assert "unknown time" in words
    assert "1970" not in words


def chain(length: int, account_ids: tuple[str, ...] = (ACCOUNT,)) -> Incident:
    """Return an intruder who turns into one user after the other."""
    records = []
    for n in range(length):
        by = iam_user(f"contractor-of-the-month-{n}", key=f"AKIAIOSFODNN7K{n:06d}")
        there = {"recipientAccountId": account_ids[n % len(account_ids)]}
        there |= {"sourceIPAddress": f"203.0.113.{n}"}
        name, key = f"contractor-of-the-month-{n + 1}", f"AKIAIOSFODNN7K{n + 1:06d}"
        made = {"accessKey": {"accessKeyId": key, "userName": name}}
        records += [
            request("cloudtrail:StopLogging", by, minute=n * 700, name="main", fields=there),
            request("iam:CreateAccessKey", by, minute=n * 700 + 5, userName=name, answer=made,
                    fields=there),
        ]  # fmt: skip
    [incident] = incidents_of(records)
    return incident


def test_a_long_chain_is_as_wide_as_a_short_one() -> None:
    long = chain(12)
    drawn = graph(long, members_of(long)[:MOST_MEMBERS])
    assert drawn.width <= 1120
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(drawn.boxes) == MOST_MEMBERS
    assert len({box.name for box in drawn.boxes}) == MOST_MEMBERS
    assert not any(arrow.dashed for arrow in drawn.arrows)
    assert all(arrow.lines[0].startswith("06-") for arrow in drawn.arrows)


def test_boxes_and_lanes_name_the_account_where_there_are_several() -> None:
    alone, several = chain(2), shed()
    assert all(len(box.lines) == 2 for box in graph(alone, members_of(alone)).boxes)
    places = {box.lines[0] for box in graph(several, members_of(several)).boxes}
    assert places == {f"in {ACCOUNT}", f"in {OTHER_ACCOUNT}"}
    assert {one[2] for one in lanes(several, members_of(several)).rows} == {ACCOUNT, OTHER_ACCOUNT}
    assert {one[2] for one in lanes(alone, members_of(alone)).rows} == {""}


def test_no_mark_lies_on_another() -> None:
    for incident in (shed(), chain(3), *incidents_of(attack.attack())):
        places = [(mark.x, mark.y) for mark in lanes(incident, members_of(incident)).marks]
        for n, (x, y) in enumerate(places):
            for other_x, other_y in places[:n]:
                assert abs(x - other_x) >= 8 or abs(y - other_y) >= 7


def test_a_lane_of_weeks_has_days_to_read() -> None:
    long = chain(40)
    ticks = [words for _, words in lanes(long, members_of(long)).ticks]
    assert 4 <= len(ticks) <= 9
    assert ticks[0] == "2025-06-02" or ticks[0].startswith("2025-06-0")


def test_the_reasons_name_keys_and_people_in_words() -> None:
    words = " ".join(read(shed()).text)
    assert "key AKIAIOSFODNN7LEAKED1" in words
    assert "K:AKIA" not in words


def test_words_in_backticks_are_code() -> None:
    text = page(incidents_of(attack.attack()), (), NOON)
    assert "<code>aws iam update-access-key</code>" in text
    assert "`" not in text.partition("What the rules mean")[2]


@pytest.mark.parametrize(
    "text", ["user " + "W" * 64, "管理员" * 30, "😀🔥" * 40, "role " + "x" * 64]
)
def test_a_shortened_name_is_no_wider_than_its_box(text: str) -> None:
    assert width(short(text, most=22)) <= 22
    assert short(text, most=22).endswith(text[-1])


@pytest.mark.parametrize(
    ("days", "unit"), [(3, "day"), (40, "week"), (200, "month"), (2_000, "year")]
)
def test_the_chart_has_as_many_bars_as_a_phone_has_room_for(days: int, unit: str) -> None:
    records = [record("cloudtrail:StopLogging", iam_user(f"u{n}"), minute=n * days * 16,
                      requestParameters={"name": "main"}) for n in range(90)]  # fmt: skip
    alerts, _ = told(records)
    text = page((), alerts, NOON)
    assert f"Alerts by {unit} and severity" in text
    assert 0 < text.count('class="small middle"') <= 14
