from pathlib import Path

from tests.cli.rules.team import SOUND, written
from trailwarden import catalog
from trailwarden.authoring.review import complaints, refusal


def operations(_service: str) -> frozenset[str]:
    return frozenset({"UpdateUser"})


def said() -> list[str]:
    return list(complaints(catalog.survey(), operations, lambda *_: None))


def test_a_sound_rule_is_deployed(local: Path) -> None:
    written(local, "iam.user_renamed")
    assert said() == []


def test_a_rule_that_the_lint_refuses_is_not_deployed(local: Path) -> None:
    file = written(local, "iam.user_renamed", "iam:UpdateUser", "iam:UpdateUsr")
    [complaint] = said()
    line = file.read_text().splitlines().index('    events=["iam:UpdateUsr"],') + 1
    assert complaint.startswith(
        f"{file}:{line}: iam.user_renamed: iam:UpdateUsr is no API operation"
    )
    assert "did you mean UpdateUser?" in complaint


def test_a_broken_rule_is_not_deployed(local: Path) -> None:
    written(local, "iam.user_renamed", "severity=Severity.LOW", 'severity="low"')
    [complaint] = said()
    assert "severity is 'low': write severity=Severity.MEDIUM" in complaint
    assert f"  {complaint}\n" in refusal([complaint])


def test_a_draft_keeps_nothing_from_being_deployed(local: Path) -> None:
    text = SOUND.replace("iam:UpdateUser", "iam:UpdateUsr")
    written(local, "iam.user_renamed", "outcome=", "mode=Mode.OFF, outcome=", text=imported(text))
    assert said() == []


def imported(text: str) -> str:
    return text.replace("import NOBODY,", "import NOBODY, Mode,")
