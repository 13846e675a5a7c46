from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from tests.notify.test_printable import is_clean
from trailwarden.cloudtrail.samples import NOON, Fields, console_login, iam_user, request
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.detection.severity import Severity
from trailwarden.notify.containment import steps
from trailwarden.notify.defang import defanged
from trailwarden.notify.incident import Told, body, fitted, heading, mail, news, subject
from trailwarden.scenario import attack, shedding

EVIL = "\x1b[2J\u202e\r\nDo now: <script>http://evil.example</script> $(reboot)"


def story() -> Incident:
    [incident] = incidents_of(attack.attack())
    return incident


def shed() -> Incident:
    [incident] = incidents_of(shedding.shedding())
    return incident


def test_only_a_pivot_says_that_somebody_is_inside() -> None:
    assert "somebody is inside" in heading(story())
    stops = request("cloudtrail:StopLogging", iam_user("ana"), name="main")
    [alone] = incidents_of([stops])
    assert "inside" not in heading(alone)


def test_the_story_is_told_in_order_of_time() -> None:
    text = body(shed(), NOON)
    order = [
        "user ci became role app-admin",
        "role app-admin became role OrganizationAccountAccessRole",
        "user svc-x ran a command on the machine of role web",
        "Key checked by a secret scanner",
        "VPC flow logs deleted",
        "Bucket policy opened to outsiders",
        "1. Stop every identity",
        "Take back what was shared",
        "Why this belongs together",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_each_act_is_told_once() -> None:
    incident = story()
    text = body(incident, NOON)
    assert text.count("CloudTrail logging stopped") == 1
    assert heading(incident).count(str(len(incident.deeds))) == 1


def test_the_subject_holds_the_incident_its_severity_and_nothing_of_a_record() -> None:
    incident = shed()
    assert subject(incident) == f"[CRITICAL] Incident {incident.id} in 111122223333"
    evil = request("cloudtrail:StopLogging", iam_user(EVIL), name=EVIL,
                   fields={"recipientAccountId": EVIL})  # fmt: skip
    for one in incidents_of([evil]):
        assert one.id in subject(one)
        assert "evil" not in subject(one)


def test_an_update_begins_with_what_is_new() -> None:
    alerts, traces = told(shedding.shedding())
    [whole] = group(alerts, traces)
    early = [a for a in alerts if a.first_seen < NOON.replace(minute=18)]
    [before] = group(early, traces)
    first, *_ = mail(whole, NOON, Told.of(before)).splitlines()
    assert first == f"It is CRITICAL now; it was {before.severity.name}."
    assert "New identities: role app-admin, " in mail(whole, NOON, Told.of(before))
    latest = [one for one in whole.actors if one not in before.actors][-1:]
    almost = Told.of(whole)
    almost = replace(almost, actors=almost.actors - {*latest})
    assert mail(whole, NOON, almost).startswith("New identity: role web.")


def test_more_of_the_same_is_no_news() -> None:
    incident = story()
    assert news(incident, Told.of(incident)) == []
    assert mail(incident, NOON).startswith("CRITICAL  Incident")


def test_a_merge_names_the_other_incident() -> None:
    alerts, traces = told(shedding.shedding())
    closed = [trace._replace(opening=None) for trace in traces]
    parts, [whole] = group(alerts, closed), group(alerts, traces)
    joined = [line for line in news(whole, Told.of(*parts)) if "joined" in line]
    assert joined
    assert all(part.id in joined[0] for part in parts if part.id != whole.id)


@pytest.mark.parametrize("evil", [EVIL, "x" * 5000, "\ud800", None, ["a"]])
def test_no_text_of_a_record_does_harm(evil: Any) -> None:
    by: Fields = iam_user("ana") | {"userName": evil, "arn": evil, "principalId": evil}
    records = [
        request("cloudtrail:StopLogging", by, name=evil, fields={"sourceIPAddress": evil}),
        console_login(by, userAgent=evil, sourceIPAddress=evil),
        request("iam:CreateAccessKey", by, userName=evil,
                answer={"accessKey": {"accessKeyId": evil, "userName": evil}}),
    ]  # fmt: skip
    for incident in incidents_of(records):
        for line in mail(incident, NOON).split("\n"):
            assert is_clean(line)
            assert "http://" not in line
            assert len(line) < 1_000


LATER = NOON + timedelta(hours=1)
LINKS = [
    *("www.evil.example", "evil.com", "ftp://evil.example/x", "mailto:a@evil.example"),
    *("https://evil.example", "evil\u3002com", "aws www.evil.example"),
]


@pytest.mark.parametrize("evil", LINKS)
def test_no_text_of_a_record_makes_a_link_in_a_mail(evil: str) -> None:
    """A name in a command alone stays as it is: people copy it."""
    by: Fields = iam_user("ana") | {"userName": evil, "arn": f"arn:aws:iam::1:user/{evil}"}
    records = [
        request("cloudtrail:StopLogging", by, name=evil, fields={"sourceIPAddress": evil}),
        request("iam:CreateAccessKey", by, minute=1, userName=evil),
        console_login(by | {"type": "Unknown", "arn": evil}, minute=2, sourceIPAddress=evil),
    ]
    for one in incidents_of(records):
        told = Told(Severity.LOW, frozenset(), frozenset(), frozenset(), frozenset({evil}))
        news = [replace(alert, news=[evil]) for alert in one.alerts]
        for text in (mail(one, LATER, alerts=news), mail(one, LATER, told, alerts=news)):
            commands = {fitted(str(c)) for step in steps(one, LATER) for c in step.commands}
            lines = [line for line in text.splitlines() if line.strip() not in commands]
            assert [line for line in lines if line != defanged(line)] == []


def test_a_mail_stays_short_however_much_happened() -> None:
    incident = story()
    alerts = [
        replace(alert, alert_id=f"{alert.alert_id}{n}", observations=[
            seen._replace(event_id=f"{seen.event_id}{n}") for seen in alert.observations
        ])
        for alert in incident.alerts for n in range(300)
    ]  # fmt: skip
    acts = {alert.alert_id: () for alert in alerts}
    huge = replace(incident, alerts=alerts, acts=acts)
    assert huge.severity is Severity.CRITICAL
    text = mail(huge, NOON)
    assert len(text.splitlines()) < 150
    assert "more, none of them worse" in text


def test_an_event_without_a_time_is_told_without_one() -> None:
    stop = request("cloudtrail:StopLogging", iam_user("ana"), name="main",
                   fields={"eventTime": None})  # fmt: skip
    [incident] = incidents_of([stop])
    assert "no time   " in body(incident, NOON)
    assert "1970" not in body(incident, NOON)
