"""The page: whole, harmless, and readable without a picture."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from trailwarden.cloudtrail.samples import NOON, console_login, iam_user, record, request
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import members_of
from trailwarden.report.graph import graph
from trailwarden.report.page import MOST_MEMBERS, page
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


def test_nothing_found_is_a_page_as_well() -> None:
    assert "0 incidents" in " ".join(read().text)


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
