"""Command run in a CodeBuild sandbox.

A sandbox is a machine with the role and the secrets of a build project. The caller runs commands in
it, and no build log or pipeline shows them.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    place = event.request("projectName", "sandboxId")
    return Match(f"{event.name} {place}", subject=place)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "codebuild:StartCommandExecution",
        "codebuild:StartSandbox",
        "codebuild:StartSandboxConnection",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Ask the caller. If they do not know of it, stop the sandbox, and revoke the sessions "
    "of the project's role.",
    false_positives="A developer looks for the cause of a failing build.",
)


def examples() -> Examples:
    made = request("codebuild:StartSandbox", projectName="release")
    yield alerts("a sandbox", made, subject="release", label="StartSandbox release")
    run = request("codebuild:StartCommandExecution", sandboxId="release:1", command="env")
    yield alerts("a command", run, subject="release:1")
    yield alerts("a shell", request("codebuild:StartSandboxConnection", sandboxId="release:1"))
    yield silent("refused", refused("codebuild:StartSandbox"))
