"""Recognizes tools by the names that they give themselves: the `userAgent` of a record.

Anyone can say anything, so a name proves and a silence excuses nobody. Tools themselves set these
names, and operating systems put some into their kernel's version. GuardDuty's list has the others:
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

_REMEMBERED = 1 << 13
"""Of how many user agents it is remembered what they tell: a program says the same each time."""

ATTACK_TOOLS = {
    "AWS Consoler": ("aws_consoler", "aws-consoler"),
    "barq": ("barq",),
    "CloudFox": ("cloudfox", "CloudFox"),
    "CloudGoat": ("cloudgoat", "CloudGoat"),
    "Cloudsplaining": ("cloudsplaining",),
    "Endgame": ("endgame",),
    "enumerate-iam": ("enumerate-iam", "enumerate_iam"),
    "Grimoire": ("grimoire",),
    "Pacu": ("pacu", "Pacu"),
    "Quiet Riot": ("quiet-riot", "quiet_riot"),
    "Scout Suite": ("Scout Suite", "Scout-Suite", "ScoutSuite", "scoutsuite"),
    "Stratus Red Team": ("stratus-red-team",),
    "weirdAAL": ("weirdAAL", "weirdaal"),
}
"""Tools that are made to explore or attack AWS accounts, and how their user agents spell them."""

DISTRIBUTIONS = {
    "BlackArch": ("blackarch", "BlackArch"),
    "Kali Linux": ("kali", "Kali"),
    "Parrot OS": ("parrot", "Parrot"),
    "Pentoo": ("pentoo", "Pentoo"),
}
"""Linux distributions for penetration testers: `Linux/6.6.9-kali1-amd64`, `md/distrib#kali`."""

SECRET_SCANNERS = {
    "Gitleaks": ("gitleaks", "Gitleaks"),
    "KeyHacks": ("keyhacks",),
    "TruffleHog": ("trufflehog", "TruffleHog"),
}
"""Tools that look for keys in code, and try whether those they find are valid."""

FILE_BROWSERS = {
    "CloudBerry Explorer": ("CloudBerry", "cloudberry", "MSP360"),
    "Cyberduck": ("Cyberduck", "cyberduck"),
    "rclone": ("rclone",),
    "S3 Browser": ("S3 Browser", "s3browser", "S3Browser"),
    "WinSCP": ("WinSCP", "winscp"),
}
"""Programs for copying files by hand, which people who find a key like to put it into."""

TOOLS = (*ATTACK_TOOLS, *DISTRIBUTIONS, *SECRET_SCANNERS, *FILE_BROWSERS)
"""The names of all of them."""

_KERNEL = re.compile(r"(?<![a-z])linux[/#](\S+)")
_FLAVOURS = ("amzn", "azure", "aws", "gcp", "kali", "parrot", "microsoft", "linuxkit", "generic")

_BROWSERS = (
    ("Edge", "Edg"),
    ("Opera", "OPR/"),
    ("Firefox", "Firefox/"),
    ("Chrome", "Chrome/"),
    ("Safari", "Safari/"),
)
"""Browsers and their words; each also uses the words of those below it."""
_SYSTEMS = (
    ("Android", "Android"),
    ("iOS", "iPhone"),
    ("iOS", "iPad"),
    ("macOS", "Mac OS X"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)

_NAMES = {
    spelling.lower(): name
    for tools in (ATTACK_TOOLS, DISTRIBUTIONS, SECRET_SCANNERS, FILE_BROWSERS)
    for name, spellings in tools.items()
    for spelling in spellings
}
_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, _NAMES))})(?![a-z])")


@lru_cache(_REMEMBERED)
def tool_of(user_agent: str) -> str:
    """Return the name of the tool that a user agent tells of, or nothing.

    >>> tool_of("aws-cli/2.15.0 md/distrib#kali.2024"), tool_of("S3 Browser 9.5.5 https://s3.com")
    ('Kali Linux', 'S3 Browser')
    """
    said = _WORD.search(user_agent.lower())
    return _NAMES[said[0]] if said else ""


@lru_cache(_REMEMBERED)
def system_of(user_agent: str) -> str:
    """Return the operating system that an SDK tells of; nothing where it tells none.

    >>> system_of("Boto3/1.34 os/macos#14.1"), system_of("Boto3/1.26 Linux/5.10.219.amzn2.x86_64")
    ('macOS', 'Linux (amzn)')
    """
    said = user_agent.lower()
    if "os/macos" in said or "darwin/" in said:
        return "macOS"
    if "windows/" in said or "os/windows" in said:
        return "Windows"
    if kernel := _KERNEL.search(said):
        return f"Linux ({next((f for f in _FLAVOURS if f in kernel[1]), 'other')})"
    return ""


@lru_cache(_REMEMBERED)
def program_of(user_agent: str) -> str:
    """Return the program, without its version, and the operating system that it names.

    A name is one word, so it cannot look like other parts of a label that has it.

    >>> program_of("Boto3/1.34 os/macos#14.1"), program_of("aws-cli/2.15.0 md/distrib#kali.2024")
    ('Boto3 on macOS', 'Kali Linux')
    """
    program = tool_of(user_agent) or "-".join(user_agent.partition("/")[0].strip("[ ").split())
    return " on ".join(filter(None, (program, system_of(user_agent))))


def browser_of(user_agent: str) -> str:
    """Return the browser and the system that a user agent tells of; nothing for a program.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0")
    'Firefox on Linux'
    """
    browser = next((name for name, word in _BROWSERS if word in user_agent), "")
    system = next((name for name, word in _SYSTEMS if word in user_agent), "another system")
    return f"{browser} on {system}" if browser else ""


def spelled(tools: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """Return the values of a `where` on `userAgent` that lets through what may be of `tools`."""
    return [{"wildcard": f"*{word}*"} for spellings in tools.values() for word in spellings]
