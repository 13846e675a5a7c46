from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from trailwarden import ATTEMPTED, NOBODY, Match, Mode, Rule, Severity, Tactic
from trailwarden.catalog import tuning
from trailwarden.catalog.tuning import TuningError
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.correlations import EventCount
from trailwarden.environment import AccountClass, Environment

TODAY = date(2025, 6, 2)
PLAIN = Rule(
    "trailwarden.rules.iam.plain",
    "Something happened.\n\nIt matters.",
    lambda _: Match("x", severity=Severity.CRITICAL),
    events=["iam:CreateUser"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Look.",
)
COUNTING = Rule(
    "trailwarden.rules.pack.counting",
    "Something happened.\n\nIt matters.",
    lambda _: Match(),
    events=["iam:CreateUser"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={},
    response="Look.",
    mode=Mode.OFF,
    correlation=EventCount(at_least=3, timespan=timedelta(hours=1), group_by=lambda _: ""),
)
EVENT = Event(record("iam:CreateUser", iam_user("alice")))


def tuned(text: str) -> tuple[dict[str, Rule], Environment, list[str]]:
    warnings: list[str] = []
    rules, environment = tuning.read(
        text, "tuning.toml", [PLAIN, COUNTING], today=TODAY, warn=warnings.append
    )
    return {rule.id: rule for rule in rules}, environment, warnings


def test_an_empty_file_changes_nothing() -> None:
    rules, environment, warnings = tuned("")
    assert [rule.mode for rule in rules.values()] == [Mode.ALERT, Mode.OFF]
    assert environment == Environment()
    assert not warnings


def test_changes_mode_and_severity() -> None:
    rules, _, _ = tuned('[rules."iam.plain"]\nmode = "hunt"\nseverity = "low"')
    rule = rules["iam.plain"]
    [seen] = rule.observe(EVENT)
    assert (rule.mode, rule.severity) == (Mode.HUNT, Severity.LOW)
    assert seen
    assert seen.severity == Severity.LOW


def test_changes_thresholds() -> None:
    rules, _, _ = tuned('[rules."pack.counting"]\nat_least = 7\ntimespan = "10m"')
    correlation = rules["pack.counting"].correlation
    assert isinstance(correlation, EventCount)
    assert (correlation.at_least, correlation.timespan) == (7, timedelta(minutes=10))


@pytest.mark.parametrize(
    ("said", "expected"),
    [("at_least = 6", (6, 20)), ("in_a_day = 12", (3, 12)), ("at_least = 6\nin_a_day = 7", (6, 7))],
)
def test_what_is_enough_within_a_day_follows_what_is_enough(
    said: str, expected: tuple[int, int]
) -> None:
    assert isinstance(COUNTING.correlation, EventCount)
    patient = replace(COUNTING, correlation=replace(COUNTING.correlation, in_a_day=10))
    text = f'[rules."pack.counting"]\n{said}'
    [rule], _ = tuning.read(text, "tuning.toml", [patient], today=TODAY, warn=print)
    assert isinstance(rule.correlation, EventCount)
    assert (rule.correlation.at_least, rule.correlation.in_a_day) == expected


def test_switches_a_pack_on() -> None:
    rules, _, _ = tuned("[packs]\npack = true")
    assert rules["pack.counting"].mode is Mode.ALERT


def test_reads_the_environment() -> None:
    _, environment, _ = tuned(
        '[environment]\nown_accounts = ["111122223333"]\n'
        'egress_ranges = ["203.0.113.0/24"]\norganization_id = "o-1"'
    )
    assert environment.knows_account("111122223333")
    assert environment.is_egress("203.0.113.9")
    assert not environment.is_egress("AWS Internal")
    assert environment.organization_id == "o-1"


IGNORE = """
[[rules."iam.plain".ignore]]
owner = "platform"
reason = "the bootstrap"
expires = {expires}
match = {{ "userIdentity.userName" = "{glob}" }}
"""


@pytest.mark.parametrize(
    ("glob", "expires", "found"),
    [
        pytest.param("bob", "2025-12-31", True, id="somebody else"),
        pytest.param("al*", "2025-12-31", False, id="expected"),
        pytest.param("alice", "2025-06-02", False, id="on the last day"),
        pytest.param("alice", "2025-06-01", True, id="when the entry has expired"),
    ],
)
def test_ignores_what_is_expected_until_its_date(glob: str, expires: str, found: bool) -> None:
    rules, _, _ = tuned(IGNORE.format(glob=glob, expires=expires))
    assert EVENT.event_time == datetime(2025, 6, 2, 12, tzinfo=UTC)
    assert bool(rules["iam.plain"].observe(EVENT)) is found


def test_warns_of_an_entry_whose_date_is_past_and_says_which_line() -> None:
    _, _, [warning] = tuned(IGNORE.format(glob="x", expires="2025-06-01"))
    assert warning.startswith("tuning.toml, line 5: expired on 2025-06-01")


def test_names_accounts() -> None:
    _, environment, _ = tuned('[accounts]\n111122223333 = "production"')
    assert environment.account_names == {"111122223333": "production"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[accounts]\n1111 = "production"', "line 2: '1111' is no account id of 12 digits"),
        ("[accounts]\n111122223333 = 1", "line 2: give the account 111122223333 a name in quotes"),
        ('[accounts]\n111122223333 = " "', "line 2: give the account 111122223333 a name"),
        ('[environment]\naccount_names = ["x"]', "'account_names' is not known here"),
    ],
)
def test_says_which_account_is_wrong(text: str, message: str) -> None:
    with pytest.raises(TuningError, match=message):
        tuned(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\n[rules."iam.typo"]\nmode = "off"', "line 2: there is no rule 'iam.typo'"),
        ('[rules."iam.plain"]\nmodus = "off"', "line 2: 'modus' is not known here"),
        ('[rules."iam.plain"]\nmode = "loud"', "line 2: mode: 'loud'"),
        ('[rules."iam.plain"]\nseverity = "bad"', "line 2: severity: 'bad' is no severity"),
        ('[rules."iam.plain"]\nseverity = 3', "line 2: severity"),
        ('[rules."iam.plain"]\nat_least = 3', "line 2: iam.plain has no at_least"),
        ('[rules."pack.counting"]\nat_least = 0', "line 2: at_least: 0 is no number"),
        ('[rules."pack.counting"]\ntimespan = "soon"', "line 2: timespan: 'soon' is no duration"),
        ("[packs]\nnone = true", "line 2: there is no pack 'none'"),
        ("[packs]\npack = 1", "line 2: pack has to be true or false"),
        ("rules = 3", "line 1: rules has to be a table"),
        ("[environment]\nacounts = []", "line 2: 'acounts' is not known here"),
        ("[environment]\nown_accounts = [1]", "line 2: own_accounts has to be a list of texts"),
        ('[environment]\nown_accounts = ["12"]', "line 2: '12' is no account id"),
        ('[environment]\negress_ranges = ["x"]', "line 2: 'x' is no network"),
        ("[environment]\norganization_id = []", "line 2: organization_id has to be text"),
        ('[[rules."iam.plain".ignore]]\nowner = "x"', "line 1: an entry to ignore needs reason"),
        ("[rules", "tuning.toml is not TOML"),
        (IGNORE.format(glob="x", expires='"soon"'), "line 5: expires has to be a date"),
        (
            IGNORE.format(glob="x", expires="2026-01-01").replace("userIdentity", "userIdenity"),
            "line 6: CloudTrail records have no field 'userIdenity.userName'",
        ),
    ],
)
def test_says_which_line_is_wrong(text: str, message: str) -> None:
    with pytest.raises(TuningError) as error:
        tuned(text)
    assert message in str(error.value)


def test_an_account_has_a_name_or_a_name_and_a_class() -> None:
    said = """\
[accounts]
111122223333 = "payments"
444455556666 = { name = "playground", class = "sandbox" }
"""
    _, environment, _ = tuned(said)
    assert environment.account_names == {
        "111122223333": "payments",
        "444455556666": "playground",
    }
    assert environment.class_of("444455556666") is AccountClass.SANDBOX
    assert environment.class_of("111122223333") is AccountClass.PRODUCTION


def test_a_vendor_is_trusted_named_and_its_roles_read_in_peace() -> None:
    said = """\
[environment]
trusted_accounts = ["777788889999"]
security_roles = ["arn:aws:iam::*:role/audit"]

[vendors]
444455556666 = { name = "a scanner", roles = ["arn:aws:iam::*:role/scanner"] }
"""
    _, environment, _ = tuned(said)
    assert environment.trusted_accounts == ("777788889999", "444455556666")
    assert environment.account_names["444455556666"] == "a scanner"
    assert environment.is_security_role("arn:aws:iam::111122223333:role/scanner")
    assert environment.is_security_role("arn:aws:iam::111122223333:role/audit")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (
            '[accounts]\n444455556666 = { name = "a", class = "toy" }',
            "line 2: 'toy' is no class of accounts: use one of production, staging",
        ),
        ("[accounts]\n444455556666 = { name = 1 }", "line 2: give the account 444455556666 a name"),
        ('[accounts]\n444455556666 = { name = "a", kind = "b" }', "'kind' is not known here"),
        ('[vendors]\n444455556666 = "a scanner"', 'line 2: write { name = "...", roles'),
        ('[vendors]\n12 = { name = "a" }', "line 2: '12' is no account id of 12 digits"),
        (
            '[vendors]\n444455556666 = { name = "a", roles = ["scanner"] }',
            "line 2: roles has to be a list of ARNs",
        ),
        (
            '[environment]\nknown_tools = ["nmap"]',
            "line 2: 'nmap' is no tool that rules look for: AWS Consoler",
        ),
    ],
)
def test_accounts_vendors_and_tools_that_cannot_be_meant(said: str, complaint: str) -> None:
    with pytest.raises(TuningError) as problem:
        tuned(said)
    assert complaint in str(problem.value)
