"""What a tuning file must not do unnoticed."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from trailwarden import ATTEMPTED, NOBODY, Match, Mode, Rule, Severity, Tactic, catalog
from trailwarden.catalog import applying, tuning
from trailwarden.catalog.entries import fits
from trailwarden.catalog.tuning import TuningError
from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event
from trailwarden.cloudtrail.samples import assumed_role, console_login, iam_user, record, root
from trailwarden.correlations import EventCount, by_actor

TODAY = date(2025, 6, 2)
PLAIN = Rule(
    "trailwarden.rules.iam.plain",
    "Something happened.\n\nIt matters.",
    lambda _: Match("x"),
    events=["iam:CreateUser", "iam:DeleteUser", "signin:ConsoleLogin"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.CRITICAL,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Look.",
)
OTHER = replace(PLAIN, module="trailwarden.rules.iam.other_plain", events=["*"])
HUNTING = replace(PLAIN, module="trailwarden.rules.s3.listed", mode=Mode.HUNT)
RULES = (PLAIN, OTHER, HUNTING)
EVENT = Event(record("iam:CreateUser", iam_user("alice")))
IGNORE = """
[[rules."{rule}".ignore]]
owner = "platform"
reason = "the bootstrap"
expires = {expires}
match = {{ {match} }}
"""


def tuned(text: str) -> tuple[dict[str, Rule], list[str]]:
    warnings: list[str] = []
    rules, _ = tuning.read(text, "tuning.toml", RULES, today=TODAY, warn=warnings.append)
    return {rule.id: rule for rule in rules}, warnings


def ignoring(match: str, rule: str = "iam.plain", expires: str = "2026-01-31") -> str:
    return IGNORE.format(match=match, rule=rule, expires=expires)


def test_an_entry_for_iam_users_does_not_hide_roots_sign_in() -> None:
    rules, [warning] = tuned(ignoring('"userIdentity.userName" = "*"'))
    by_root = Event(console_login(root(), succeeds=True))
    assert by_root.get("userIdentity.userName") is None
    assert rules["iam.plain"].look(by_root)
    assert not rules["iam.plain"].look(EVENT)
    assert "it hides all events that have userIdentity.userName: write whose" in warning


@pytest.mark.parametrize(
    ("value", "glob", "expected"),
    [
        (None, "*", False),
        (None, "None", False),
        ("", "*", False),
        ({}, "*", False),
        ([], "*", False),
        ({"a": "b"}, "*", False),
        ("alice", "al*", True),
        (True, "true", True),
        (False, "False", False),
        (7, "7", True),
        (["alice", "alan"], "al*", True),
        (["alice", "mallory"], "al*", False),
        (["alice", None], "al*", False),
    ],
)
def test_only_what_is_there_matches_a_glob(value: Any, glob: str, expected: bool) -> None:
    assert fits(value, glob) is expected


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ('"userIdentity.arnn" = "x"', "CloudTrail has no field arnn in userIdentity"),
        ('"userIdentity.sessionContext.issuer" = "x"', "has no field issuer in userIdentity.ses"),
        ('"eventNam" = "x"', "no field 'eventNam' (did you mean eventName?)"),
        ('"tlsDetails.version" = "x"', "no field version in tlsDetails"),
        ('"userIdentity.arn" = "*"', 'it hides all that the rule finds: write whose, or mode = "'),
        ('"eventSource" = "*", "awsRegion" = "?*"', "it hides all that the rule finds"),
        ('"userIdentity.arn" = "arn:aws:*"', "it hides all that the rule finds"),
        ('"eventSource" = "*.amazonaws.com"', "it hides all that the rule finds"),
        ('"recipientAccountId" = "????????????"', "it hides all that the rule finds"),
        ('userIdentity.arn = "x"', "match has to name fields in quotes"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused_with_its_line(match: str, message: str) -> None:
    with pytest.raises(TuningError) as error:
        tuned(ignoring(match))
    assert str(error.value).startswith("tuning.toml, line 6: ")
    assert message in str(error.value)


ROLE = "arn:aws:iam::*:role/bootstrap"
SESSION = "arn:aws:sts::*:assumed-role/bootstrap"


@pytest.mark.parametrize(
    ("match", "message"),
    [
        (f'"userIdentity.arn" = "{ROLE}"', f'write "{SESSION}/*", or "userIdentity.sessionContext'),
        (f'"userIdentity.arn" = "{SESSION}"', "ARN ends in its name: write"),
        (
            f'"userIdentity.sessionContext.sessionIssuer.arn" = "{SESSION}/*"',
            f'it is the ARN of the role: write "{ROLE}"',
        ),
        ('"userIdentity.arn" = "bootstrap"', "'bootstrap' is no ARN"),
        ('"userIdentity.type" = "assumedRole"', "did you mean AssumedRole?"),
        ('"userIdentity" = "x"', "userIdentity is no text: name a field below it"),
        ('"requestParameters" = "*x*"', "requestParameters is no text"),
        ('"errorCode" = "None"', "an absent errorCode matches nothing"),
        ('"errorCode" = ""', "an absent field matches nothing"),
        ('"eventSource" = "iam"', "write iam.amazonaws.com"),
        ('"eventSource" = "ec2.amazonaws.com"', "the rule looks at iam.amazonaws.com, signin.am"),
        ('"eventName" = "createUser"', "the rule looks at ConsoleLogin, CreateUser, DeleteUser"),
        ('"sourceIPAddress" = "203.0.113.0/24"', "write one such as 203.0.113.*"),
        ('"recipientAccountId" = "1111"', "'1111' is no account id of 12 digits"),
        ('"sessionCredentialFromConsole" = "True"', "write true"),
        ('"userAgent" = "Terraform* "', "'Terraform* ' begins or ends with a space"),
        ('"awsRegion" = "us-east"', "'us-east' is no Region: write one such as eu-west-1"),
    ],
)
def test_an_entry_that_can_never_match_is_warned_of_with_what_to_write(
    match: str, message: str
) -> None:
    _, [warning] = tuned(ignoring(match))
    assert warning.startswith("tuning.toml, line 6: it can never match: ")
    assert message in warning


@pytest.mark.parametrize("time", [None, 5, "", "9999-12-31T23:59:59Z"])
def test_an_entry_hides_nothing_whose_time_nobody_knows(time: object) -> None:
    rules, _ = tuned(ignoring('"userIdentity.userName" = "alice"'))
    odd = Event(record("iam:CreateUser", iam_user("alice"), eventTime=time))
    assert odd.event_time == UNKNOWN_TIME
    assert rules["iam.plain"].look(odd)


def test_an_entry_for_the_only_source_of_its_rule_is_warned_of() -> None:
    only = replace(PLAIN, events=["iam:CreateUser"])
    warnings: list[str] = []
    entry = ignoring('"eventSource" = "iam.amazonaws.com"')
    tuning.read(entry, "tuning.toml", [only], today=TODAY, warn=warnings.append)
    assert len(warnings) == 1


def test_an_entry_for_all_events_of_its_rule_is_warned_of() -> None:
    one = replace(PLAIN, events=["iam:CreateUser"])
    for match, count in (
        ('"eventName" = "CreateUser"', 1),
        ('"eventName" = "CreateUser", "awsRegion" = "*"', 1),
        ('"eventName" = "CreateUser", "awsRegion" = "eu-*"', 0),
    ):
        warnings: list[str] = []
        text = ignoring(match)
        tuning.read(text, "tuning.toml", [one], today=TODAY, warn=warnings.append)
        assert ["it hides all events that have" in said for said in warnings] == [True] * count


def test_the_form_that_is_offered_for_sessions_matches_them() -> None:
    event = Event(record("iam:CreateUser", assumed_role("bootstrap")))
    for match in (
        f'"userIdentity.arn" = "{SESSION}/*"',
        f'"userIdentity.sessionContext.sessionIssuer.arn" = "{ROLE}"',
    ):
        rules, warnings = tuned(ignoring(match))
        assert not rules["iam.plain"].look(event)
        assert warnings == []


@pytest.mark.parametrize(
    "match",
    [
        '"userIdentity.arn" = "arn:aws:sts::*:assumed-role/*"',
        '"userIdentity.arn" = "*:user/*"',
        '"userIdentity.type" = "AssumedRole"',
        '"sourceIPAddress" = "*.*"',
        '"readOnly" = "false", "userIdentity.type" = "IAMUser"',
    ],
)
def test_an_entry_for_nearly_everybody_is_warned_of(match: str) -> None:
    _, [warning] = tuned(ignoring(match))
    assert "it hides far too much, as " in warning
    assert tuned(ignoring(f'{match}, "requestParameters.userName" = "ci-*"'))[1] == []


@pytest.mark.parametrize(
    "match", ['"eventTime" = "20*"', '"eventID" = "*-*"', '"eventType" = "Aws*"']
)
def test_an_entry_that_fits_every_record_is_refused(match: str) -> None:
    with pytest.raises(TuningError, match="it hides all that the rule finds"):
        tuned(ignoring(match))


def test_an_entry_that_runs_for_far_too_long_is_warned_of() -> None:
    _, [warning] = tuned(ignoring('"userIdentity.userName" = "x"', expires="2099-12-31"))
    assert "it runs until 2099-12-31: let it end within two years" in warning


def test_what_may_well_be_meant_is_no_doubt() -> None:
    assert tuned(ignoring('"eventName" = "CreateUser2020*", "awsRegion" = "*"'))[1] == []
    assert tuned(ignoring('"eventName" = "RunInstances"', rule="iam.other_plain"))[1] == []
    assert tuned(ignoring('"requestParameters.userName" = "ci-*"'))[1] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[rules."iam.plan"]\nmode = "off"', "no rule 'iam.plan' (did you mean iam.plain?)"),
        ('[rules."nothing.*"]\nmode = "off"', "no rule 'nothing.*'"),
        ('[rules."iam.plain"]\nmode = "hunting"', "use one of alert, hunt, off (did you mean hunt"),
        ('[rules."iam.plain"]\nseverity = "hihg"', "did you mean high?"),
        ('[rules."iam.plain"]\nmdoe = "off"', "did you mean mode?"),
        ('[rules."iam.*"]\nat_least = 3', "'at_least' is not known here"),
        ('[rules."iam.plain".accounts.12x]\nmode = "off"', "'12x' is no account id of 12 digits"),
        ('[rules."iam.plain".accounts."1*"]\nmode = "alert"', 'write mode = "hunt" or "off"'),
        ('[rules."iam.plain".accounts."1*"]\nmodus = "off"', "did you mean mode?"),
        ("[packs]\niamm = true", "no pack 'iamm' of rules (did you mean iam?)"),
        ('[accounts]\n111122223333 = { name = "x", class = "sanbox" }', "did you mean sandbox?"),
    ],
)
def test_asks_what_was_meant(text: str, message: str) -> None:
    with pytest.raises(TuningError) as error:
        tuned(text)
    assert message in str(error.value)


def test_a_pack_whose_rules_are_all_on_is_warned_of() -> None:
    _, [warning] = tuned("[packs]\niam = true")
    assert warning.startswith("tuning.toml, line 2: no rule of iam is off, so this turns none on")


@pytest.mark.parametrize("name", ["eu-centrl-1", "us-east1", "eu-west", "useast-1"])
def test_a_region_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(TuningError, match=f"line 2: '{name}' is no Region"):
        tuned(f'[environment]\nused_regions = ["{name}"]')


@pytest.mark.parametrize(
    "name", ["us-gov-east-1", "ap-northeast-3", "mx-central-1", "eusc-de-east-1", "us-isof-south-1"]
)
def test_a_region_of_any_partition_is_taken(name: str) -> None:
    assert tuned(f'[environment]\nused_regions = ["{name}"]')[1] == []


def test_a_glob_tunes_several_rules_and_the_id_has_the_last_word() -> None:
    rules, _ = tuned(
        '[rules."iam.plain"]\nmode = "alert"\n'
        '[rules."*"]\nseverity = "low"\n'
        '[rules."iam.*"]\nmode = "hunt"\nseverity = "high"\n'
    )
    told = [(rule.mode, rule.severity) for rule in rules.values()]
    assert told == [
        (Mode.ALERT, Severity.HIGH),
        (Mode.HUNT, Severity.HIGH),
        (Mode.HUNT, Severity.LOW),
    ]


def test_a_glob_switches_no_rule_on_that_is_off_by_itself() -> None:
    off = replace(PLAIN, module="trailwarden.rules.pack.off", mode=Mode.OFF)

    def mode(text: str) -> Mode:
        [rule], _ = tuning.read(text, "tuning.toml", [off], today=TODAY, warn=print)
        return rule.mode

    assert mode('[rules."*"]\nmode = "alert"') is Mode.OFF
    assert mode('[rules."pack.*"]\nmode = "hunt"\n[packs]\npack = true') is Mode.HUNT
    assert mode('[rules."pack.off"]\nmode = "alert"') is Mode.ALERT


def test_entries_to_ignore_of_a_glob_and_of_a_rule_add_up() -> None:
    rules, _ = tuned(
        ignoring('"userIdentity.userName" = "alice"', rule="iam.*")
        + ignoring('"userIdentity.userName" = "bob"')
    )
    plain, other, hunting = rules.values()
    by_bob = Event(record("iam:CreateUser", iam_user("bob")))
    assert plain.hides(EVENT) == "tuning.toml, line 2"
    assert plain.hides(by_bob) == "tuning.toml, line 8"
    assert (other.hides(EVENT), other.hides(by_bob)) == ("tuning.toml, line 2", "")
    assert hunting.hides(EVENT) == ""


def test_nobody_would_be_told_of_anything_is_a_warning() -> None:
    _, [warning] = tuned('[rules."*"]\nmode = "off"')
    assert 'mode = "off" of every rule: nobody would be told' in warning


@pytest.mark.parametrize(
    "entry",
    ['"*".accounts."*"]\nmode = "off"', '"[a-z]*"]\nmode = "hunt"', '"*.*"]\nmode = "off"'],
)
def test_silence_of_all_rules_is_a_warning_however_it_is_written(entry: str) -> None:
    _, [warning] = tuned(f"[rules.{entry}")
    assert "of every rule: nobody would be told of anything" in warning


@pytest.mark.parametrize("entry", ["at_least = 1_000_000", 'timespan = "1s"'])
def test_a_count_that_is_hardly_ever_reached_is_a_warning(entry: str) -> None:
    hour = timedelta(hours=1)
    counting = EventCount(at_least=5, timespan=hour, group_by=by_actor)
    rule = replace(PLAIN, correlation=counting)
    warnings: list[str] = []
    text = f'[rules."iam.plain"]\n{entry}'
    tuning.read(text, "tuning.toml", [rule], today=TODAY, warn=warnings.append)
    assert len(warnings) == 1
    assert warnings[0].startswith("tuning.toml, line 2: ")
    assert "the rule may never tell again" in warnings[0]


def test_bytes_that_are_no_text_are_refused_and_a_mark_of_their_order_is_none(
    tmp_path: Path,
) -> None:
    file = tmp_path / "tuning.toml"
    file.write_bytes("[environment]".encode("utf-16"))
    with pytest.raises(TuningError, match=r"is no text in UTF-8 \(byte 0\): save it in that"):
        catalog.load(file)
    file.write_bytes("[environment]".encode("utf-8-sig"))
    assert catalog.load(file).rules


def test_a_rule_may_be_quieter_in_some_accounts() -> None:
    account = EVENT.recipient_account_id
    text = f'[rules."iam.*".accounts."{account[:4]}*"]\n'
    elsewhere = Event({**EVENT.record, "recipientAccountId": "999988887777"})
    for said, here in {
        'mode = "hunt"': [(True, Severity.CRITICAL)],
        'severity = "low"': [(False, Severity.LOW)],
        'mode = "off"': [],
    }.items():
        rule = tuned(text + said)[0]["iam.plain"]
        seen = rule.observe(EVENT)
        assert [(o.hunting, o.severity or rule.severity) for o in seen] == here
        [other] = rule.observe(elsewhere)
        assert (other.hunting, other.severity) == (False, 0)


def test_a_rule_that_was_renamed_is_tuned_by_its_old_id_with_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(applying, "RENAMED", {"iam.old": "iam.plain"})
    rules, [warning] = tuned('[rules."iam.old"]\nmode = "hunt"')
    assert rules["iam.plain"].mode is Mode.HUNT
    assert warning == "tuning.toml, line 1: iam.old is called iam.plain now: write that"
    with pytest.raises(TuningError, match="and both are here"):
        tuned('[rules."iam.old"]\nmode = "hunt"\n[rules."iam.plain"]\nmode = "off"')
