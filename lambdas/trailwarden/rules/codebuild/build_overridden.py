"""CodeBuild build started with overridden settings.

A build runs the commands of its source, with the project's role. A caller can start it with other
commands, another source, image or role. The project itself then shows no trace.

Pipelines hand over their own source with each build: that is LOW. So is what a principal overrode
of one project on three days, from a week ago on.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, request
from trailwarden.correlations import DAY, of_label, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent

ROLE_CHANGED = "CodeBuild build started with another role"
OTHERS = {
    "buildspecOverride": ("other commands", "CodeBuild build started with other commands"),
    "sourceLocationOverride": ("another source", "CodeBuild build started from another source"),
    "imageOverride": ("another image", "CodeBuild build started in another image"),
}
"""What decides what a build runs, in words, and the act."""

OF_PIPELINES = frozenset({"sourceLocationOverride", "imageOverride"})


def detect(event: Event) -> Match | None:
    project, role = event.request("projectName"), event.request("serviceRoleOverride")
    if role:
        return Match(f"{project}: {role}", subject=project, title=ROLE_CHANGED)
    for parameter, (words, title) in OTHERS.items():
        if event.get(f"requestParameters.{parameter}"):
            own = parameter in OF_PIPELINES and resembles_pipeline(event)
            severity = Severity.LOW if own else Severity.MEDIUM
            return Match(f"{project}: {words}", severity, project, title)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:StartBuild", "codebuild:StartBuildBatch"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="Read the build's log for its commands. If nobody explains them, stop the build. "
    "Revoke the sessions of its role, and disable the caller's credentials.",
    false_positives="A developer tries out a change to the build. A pipeline overrides commands: "
    "name its role in `deploy_roles`.",
    correlation=routine(kind=of_label),
    window=7 * DAY,
)


def examples() -> Examples:
    role, medium = f"arn:aws:iam::{ACCOUNT}:role/deploy", Severity.MEDIUM
    taken = started(serviceRoleOverride=role, buildspecOverride="version: 0.2")
    label = f"app: {role}"
    yield alerts("another role", taken, severity=Severity.HIGH, subject="app", label=label)
    other = started(buildspecOverride="version: 0.2")
    yield alerts("other commands", other, severity=medium, subject="app")
    source = started(sourceTypeOverride="GITHUB", sourceLocationOverride="https://x.example/y")
    yield alerts("another source", source, severity=medium, label="app: another source")
    image = started(imageOverride="public.ecr.aws/x/y:1")
    yield alerts("another image", image, severity=medium, label="app: another image")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    runner = assumed_role("ci", webIdFederationData={"federatedProvider": provider})
    by_runner = [{**each, "userIdentity": runner} for each in (source, other)]
    yield alerts("a pipeline's own source", by_runner[0], severity=Severity.LOW)
    yield alerts("a pipeline's other commands", by_runner[1], severity=medium)
    yield from examples_of_daily(source, told=medium)
    yield silent("a plain build", started())
    yield silent("another branch", started(sourceVersion="fix"))


def started(**overrides: Any) -> Record:
    return request("codebuild:StartBuild", projectName="app", **overrides)
