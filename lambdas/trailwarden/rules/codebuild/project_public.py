"""CodeBuild project made public.

Anyone with the link can read the builds of a public project, with logs and artifacts. Build logs
are full of names, and sometimes hold secrets.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    project = event.request("projectArn").rpartition("/")[2]
    is_public = event.request("projectVisibility") == "PUBLIC_READ"
    return Match(project, subject=project) if is_public else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:UpdateProjectVisibility"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Make the project private with `aws codebuild update-project-visibility`. Then read "
    "its logs for secrets and rotate those.",
    false_positives="The builds of an open source project.",
)


def examples() -> Examples:
    yield alerts("public", changed("PUBLIC_READ"), subject="app", label="app")
    yield silent("private", changed("PRIVATE"))


def changed(visibility: str) -> Record:
    arn, action = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/app", "UpdateProjectVisibility"
    return request(f"codebuild:{action}", projectArn=arn, projectVisibility=visibility)
