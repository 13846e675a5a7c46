"""CloudShell used by a new principal.

CloudShell is a shell with the permissions of the signed-in person, on an address of AWS. Files go
in and out through it. Its users come back to it.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    kind = "files" if event.name.startswith("GetFile") else "shell"
    return Match(f"{kind} by {event.actor}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudshell:CreateEnvironment",
        "cloudshell:CreateSession",
        "cloudshell:GetFileDownloadUrls",
        "cloudshell:GetFileUploadUrls",
        "cloudshell:StartEnvironment",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1059.009"], Tactic.EXFILTRATION: ["T1567"]},
    response="Read the person's other acts in that session.",
    false_positives="A new colleague.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    shell, files = "CreateSession", "GetFileDownloadUrls"
    usual = used(shell, PERSON, day=0)
    yield alerts("a new principal", usual, used(shell, USER, day=7))
    yield alerts("the first file", usual, used(files, PERSON, day=7))
    yield silent("the usual one", usual, used(shell, PERSON, day=8))
    yield silent("in the first week", usual, used(shell, USER, day=6))


def used(call: str, by: Fields, *, day: int) -> Record:
    return request(f"cloudshell:{call}", by, day=day)
