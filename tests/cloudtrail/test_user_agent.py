import pytest

from trailwarden.cloudtrail import user_agent as agents
from trailwarden.cloudtrail.user_agent import spelled, system_of, tool_of
from trailwarden.detection.pattern import matches

KALI = "aws-cli/2.15.0 md/Botocore#1.34 os/linux#6.6.9-kali1-amd64 md/distrib#kali.2024"
SCOUT = "Scout-Suite/5.14.0 md/Botocore#1.35.75 Scout Suite/5.14.0 (https://github.com/nccgroup)"


@pytest.mark.parametrize(
    ("user_agent", "tool"),
    [
        (KALI, "Kali Linux"),
        ("Boto3/1.26.3 Python/3.9.2 Linux/6.0.0-2parrot1-amd64 Botocore/1.29.45", "Parrot OS"),
        ("aws-sdk-go/1.44 (go1.19; linux; amd64) stratus-red-team_83c9a458", "Stratus Red Team"),
        ("[S3 Browser/10.9.9 (https://s3browser.com)]", "S3 Browser"),
        (SCOUT, "Scout Suite"),
        ("TruffleHog", "TruffleHog"),
        ("PACU", "Pacu"),
    ],
)
def test_names_the_tool(user_agent: str, tool: str) -> None:
    assert tool_of(user_agent) == tool


@pytest.mark.parametrize(
    "user_agent", ["", "aws-cli/2.27.0", "opacus/1.0", "embarquement/2", "console.amazonaws.com"]
)
def test_is_silent_about_anything_else(user_agent: str) -> None:
    assert tool_of(user_agent) == ""


def test_the_guard_of_a_rule_lets_its_tools_through() -> None:
    guard = {"userAgent": spelled(agents.DISTRIBUTIONS)}
    assert matches(guard, {"userAgent": KALI})
    assert not matches(guard, {"userAgent": SCOUT})


@pytest.mark.parametrize(
    ("user_agent", "system"),
    [
        ("aws-cli/2.15.0 Python/3.11.6 Darwin/23.0.0 source/arm64", "macOS"),
        ("aws-cli/2.27 md/awscrt#0.26 os/windows#10 md/arch#amd64", "Windows"),
        ("Boto3/1.35 md/Botocore#1.35 ua/2.0 os/linux#6.8.0-1017-azure", "Linux (azure)"),
        ("Boto3/1.9.42 Python/3.7.3 Linux/4.14.138-99.102.amzn2.x86_64", "Linux (amzn)"),
        ("Boto3/1.9.42 Python/3.7.3 Linux/6.9.3", "Linux (other)"),
        ("aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux", ""),
        ("Mozilla/5.0", ""),
    ],
)
def test_names_the_operating_system(user_agent: str, system: str) -> None:
    assert system_of(user_agent) == system
