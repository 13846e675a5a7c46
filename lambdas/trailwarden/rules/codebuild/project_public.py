"""CodeBuild project made public.

The builds of a public project, with logs and artifacts, can be read by anyone who has the link.
Build logs are full of names, and now and then of secrets.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    public = event.text("requestParameters.projectVisibility") == "PUBLIC_READ"
    if not public or not event.succeeded:
        return None
    project = event.text("requestParameters.projectArn").rpartition("/")[2]
    return Match(project[:100], subject=project)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:UpdateProjectVisibility"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Make the project private with `aws codebuild update-project-visibility`, then read "
    "its logs for secrets and rotate those you find.",
    false_positives="The builds of an open source project.",
)


def examples() -> Iterator[Example]:
    yield alerts("public", changed("PUBLIC_READ"))
    yield silent("private", changed("PRIVATE"))
    yield silent("a refusal", denied("codebuild:UpdateProjectVisibility", iam_user("mallory")))


def changed(visibility: str) -> Record:
    arn = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/app"
    told = {"projectArn": arn, "projectVisibility": visibility}
    action = "codebuild:UpdateProjectVisibility"
    return record(action, iam_user("mallory"), requestParameters=told)
