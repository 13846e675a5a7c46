from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import records, texts
from tests.notify.test_printable import is_clean
from trailwarden import ATTEMPTED, NOBODY
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.finding import Finding
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.notify import mail

TOKEN = "IQoJb3JpZ2luX2VjEXAMPLEsessionToken=="  # noqa: S105 - nobody's
EVIL = "BUY-NOW\r\nBcc: x\x1b[2J\u202e\u200b\x00\x9b\u2028"
SNS_LIMIT = 256 * 1024
RULE = Rule(
    "trailwarden.rules.test.created",
    "A user was made.\n\nIt matters.",
    lambda event: Match(event.user_agent, subject=event.source_ip_address),
    events=["iam:CreateUser"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Look into it.",
)
EVENT = record("iam:CreateUser", iam_user("mallory"))


def alert(*events: Record, rule: Rule = RULE) -> Alert:
    seen = (o for event in events or (EVENT,) for o in rule.observe(Event(event)))
    return Alert.of([Finding(rule, (observation,)) for observation in seen])


def of(**fields: Any) -> Alert:
    return alert(record("iam:CreateUser", iam_user("mallory"), **fields))


def is_fit_for_sns(subject: str) -> bool:
    return subject.isascii() and subject.isprintable() and 0 < len(subject) < 100


def is_safe(body: str) -> bool:
    return is_clean(body) and len(body.encode()) < SNS_LIMIT


def test_the_subject_says_how_bad_what_and_where() -> None:
    assert mail.subject(alert()) == f"[HIGH] A user was made in {ACCOUNT}"


def test_the_subject_of_an_update_says_how_often() -> None:
    again = replace(alert(), matches=10)
    assert mail.subject(again, update=True) == f"[HIGH] A user was made (10 times now) in {ACCOUNT}"


def test_the_subject_of_a_digest_says_how_many() -> None:
    assert (
        mail.digest_subject([alert()] * 1234)
        == "[HIGH] A user was made, and 1,233 more in 111122223333"
    )


@pytest.mark.parametrize("account", [EVIL, "1" * 13, "\u0661" * 12, "11112222333\n", "buy now"])
def test_an_account_that_is_none_is_not_in_the_subject(account: str) -> None:
    odd = of(recipientAccountId=account)
    assert mail.subject(odd) == "[HIGH] A user was made"
    assert mail.account(odd) == ""


@pytest.mark.parametrize("title", ["x" * 200, "caf\u00e9 \u202e", "a\nb", "tab\there"])
def test_any_title_makes_a_subject(title: str) -> None:
    assert is_fit_for_sns(mail.subject(alert(rule=replace(RULE, doc=title))))


def test_the_body_says_what_a_person_asks() -> None:
    body = mail.body(alert())
    for word in ("Who:", "What:", "Where:", "When:", "From:", "Why it matters:", "First steps:"):
        assert word in body
    assert EVENT["eventID"] in body
    assert "ATT&CK T1136.003" in body
    assert "aws cloudtrail lookup-events --region us-east-1" in body
    assert f"AttributeValue={EVENT['eventID']} " in body
    assert "--start-time 2025-06-02T11:59:00Z --end-time 2025-06-02T12:01:00Z" in body
    assert "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1" in body


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("eu-west-1", "console.aws.amazon.com"),
    ],
)
def test_the_console_is_that_of_the_partition(region: str, console: str) -> None:
    link = f"https://{region}.{console}/cloudtrailv2/home?region={region}"
    assert link in mail.body(of(awsRegion=region))


@pytest.mark.parametrize("evil", ["; rm -rf ~ #", "$(id)", "x y", "caf\u00e9", "a" * 65, "../.."])
def test_the_command_to_paste_holds_nothing_but_names(evil: str) -> None:
    body = mail.body(of(eventID=evil, awsRegion=evil))
    [command] = [line for line in body.splitlines() if "aws cloudtrail" in line]
    assert evil not in command
    assert "--region us-east-1" in command
    assert "AttributeValue=EVENT-ID " in command


@pytest.mark.parametrize(
    "time", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_the_ends_of_time_make_a_mail(time: datetime) -> None:
    odd = alert()
    seen: Sequence[Observation] = [odd.first._replace(time=time)]
    assert is_safe(mail.body(replace(odd, observations=seen)))


def test_a_link_of_an_attacker_is_none() -> None:
    body = mail.body(of(userAgent="HTTPS://evil.example/login", sourceIPAddress="http://x.example"))
    digest = mail.digest_body([of(sourceIPAddress=f"https://{n}.example") for n in range(30)])
    assert "hxxpS://evil[.]example/login" in body
    for text in (body, digest):
        links = [word for word in text.split() if word.lower().startswith("http")]
        assert all(link.startswith("https://us-east-1.console.aws") for link in links)


def test_a_session_token_is_never_told() -> None:
    credentials = {"credentials": {"accessKeyId": "ASIAEXAMPLE", "sessionToken": TOKEN}}
    rule = replace(RULE, events=["sts:AssumeRole"])
    event = record(
        "sts:AssumeRole",
        assumed_role("admin", sessionToken=TOKEN),
        requestParameters={"secret": TOKEN},
        responseElements=credentials,
    )
    told = alert(event, rule=rule)
    assert TOKEN not in mail.body(told) + mail.digest_body([told] * 400) + mail.subject(told)


def test_a_digest_tells_the_worst_first_and_counts_the_rest() -> None:
    worse = alert(rule=replace(RULE, severity=Severity.CRITICAL, doc="Worse.\n\nFar worse."))
    many = [replace(alert(), alert_id=f"{n:032}") for n in range(10_000)]
    body = mail.digest_body([*many, worse])
    assert is_safe(body)
    assert body.startswith("10,001 alerts came together")
    assert body.index("CRITICAL  Worse") < body.index("HIGH  A user was made")
    assert "10,000  HIGH  A user was made" in body
    assert "more; `trailwarden alerts list` has them all" in body


@pytest.mark.parametrize("letter", ["x", "\u4e2d", "\U0001f600", "\x00", "\u202e"])
def test_no_digest_is_too_large_for_sns(letter: str) -> None:
    long = letter * 1000
    fields = dict.fromkeys(("userAgent", "sourceIPAddress", "awsRegion", "eventID"), long)
    seen = [
        of(minute=n, **fields, userIdentity={"type": "IAMUser", "arn": f"{long[:500]}{n}"})
        for n in range(60)
    ]
    assert is_safe(mail.digest_body(seen * 7))
    assert is_safe(mail.body(alert(*(o for o in [EVENT]))))


def test_a_mail_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [replace(alert(), alert_id=f"{n:032}") for n in range(30)]
    assert mail.CUT not in mail.digest_body(many)
    monkeypatch.setattr(mail, "MAX_BODY", 2_000)
    body = mail.digest_body(many)
    assert body.endswith("`trailwarden alerts list` has all alerts.)")
    assert len(body.encode()) <= 2_000


def test_rule_ids_stay_as_they_are() -> None:
    dotted = replace(RULE, module="trailwarden.rules.discovery.burst")
    body = mail.body(alert(rule=dotted))
    assert "Rule discovery.burst, alert" in body


@pytest.mark.fault(
    "text",
    "Each field of a record holds any text",
    "SNS takes the mail, and it is safe to read",
)
@given(records)
def test_no_record_makes_a_subject_or_body_that_is_unsafe(fields: Record) -> None:
    told = alert(fields, rule=replace(RULE, detect=lambda _: Match(EVIL, subject=EVIL)))
    assert is_fit_for_sns(mail.subject(told, update=True))
    assert is_safe(mail.body(told))
    assert is_safe(mail.digest_body([told] * 20))


FREE_TEXTS = (
    *("userAgent", "awsRegion", "eventID", "eventName", "sourceIPAddress", "eventTime"),
    "errorMessage",
)


@given(st.dictionaries(st.sampled_from(FREE_TEXTS), texts))
def test_no_word_of_an_attacker_is_in_the_subject(fields: dict[str, str]) -> None:
    assert mail.subject(of(**fields)) == mail.subject(alert())
