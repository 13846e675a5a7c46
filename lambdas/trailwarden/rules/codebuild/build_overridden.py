"""Build started with commands or a role of somebody's own.

A build runs what its source says, with the project's role. Whoever starts it with other commands
or another role has that role for the length of a build, and leaves no trace in the project.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = "requestParameters"
    role = event.text(f"{told}.serviceRoleOverride")
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role and not who.is_instance_role
    spec = bool(event.get(f"{told}.buildspecOverride")) and not is_plain_role
    if not role and not spec:
        return None
    project = event.text(f"{told}.projectName")
    changed = f"role {role[-50:]}" if role else "commands"
    severity = None if role else Severity.MEDIUM
    return Match(f"{project[:50]}: other {changed}", severity=severity, subject=project)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:StartBuild", "codebuild:StartBuildBatch"],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="Read the build's log for what ran. If nobody explains it, stop the build, revoke the "
    "sessions of the project's role, and disable the credentials that started it.",
    false_positives="Developers who try out a change to the build.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("other commands", started(mallory, buildspecOverride="version: 0.2"))
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    yield alerts("another role", started(assumed_role("ci"), serviceRoleOverride=role))
    yield silent("a plain build", started(mallory))
    spec = "buildspec-release.yml"
    yield silent("a pipeline's build", started(assumed_role("ci"), buildspecOverride=spec))


def started(who: Fields, **told: Any) -> Record:
    request = {"projectName": "app"} | told
    return record("codebuild:StartBuild", who, requestParameters=request)
