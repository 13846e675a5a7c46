import json as plain_json

import pytest

from tests.notify.test_mail import EVIL, alert
from tests.notify.test_printable import is_clean
from trailwarden.notify import json, mail, text
from trailwarden.notify.account import MAX_NAME, account_name, named, plainly_named

ACCOUNT = "111122223333"
NAMES = {ACCOUNT: "production"}
HOSTILE = {ACCOUNT: f"{EVIL} http://evil.example/ {'x' * 500}"}


def test_a_name_stands_beside_the_id() -> None:
    assert named(ACCOUNT, NAMES) == "111122223333 (production)"
    assert "account 111122223333 (production) in" in text.body(alert(), NAMES)
    assert "account 111122223333 (production) in" in mail.body(alert(), NAMES)
    assert mail.subject(alert(), NAMES).endswith(" in 111122223333 (production)")
    assert mail.digest_subject([alert(), alert()], NAMES).endswith(" (production)")
    assert "111122223333 (production)" in mail.digest_body([alert(), alert()], NAMES)
    assert json.document(alert(), NAMES)["account_name"] == "production"


def test_without_a_name_nothing_changes() -> None:
    for names in ({}, {"444455556666": "sandbox"}, {ACCOUNT: " "}):
        assert mail.subject(alert(), names) == mail.subject(alert())
        assert mail.body(alert(), names) == mail.body(alert())
        assert json.render(alert(), names) == json.render(alert())
        assert "account_name" not in json.document(alert(), names)


def test_a_hostile_name_is_printable_and_cut() -> None:
    assert is_clean(named(ACCOUNT, HOSTILE))
    assert len(account_name(ACCOUNT, {ACCOUNT: "x" * 500})) <= MAX_NAME + 3
    assert is_clean(text.body(alert(), HOSTILE))
    assert "http://evil" not in mail.body(alert(), HOSTILE)
    assert plain_json.loads(json.render(alert(), HOSTILE))["account_name"].isprintable()


@pytest.mark.parametrize("name", [EVIL, "http://evil.example/", "a\r\nBcc: all@x.org", "\u00fc"])
def test_a_subject_takes_nothing_but_letters_and_digits_of_a_name(name: str) -> None:
    subject = mail.subject(alert(), {ACCOUNT: name})
    assert subject.isascii()
    assert subject.isprintable()
    shown = plainly_named(ACCOUNT, {ACCOUNT: name}).removeprefix(f"{ACCOUNT} (").removesuffix(")")
    assert not set(shown) & set(":/@.\r\n")
    assert len(shown) <= 24
