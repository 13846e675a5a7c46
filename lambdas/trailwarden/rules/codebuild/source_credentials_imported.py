"""Credentials for a source repository put into CodeBuild by a person.

The credentials are what builds fetch their source with. Somebody else's let their repository be
built, as a runner with the project's role, whenever they push.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    return event.text("requestParameters.serverType") or "credentials"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:ImportSourceCredentials"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="Ask whoever it was. If they know nothing of it, delete the credentials with `aws "
    "codebuild delete-source-credentials` and look for new webhooks and builds.",
    false_positives="The set-up of a build by hand, once.",
)


def examples() -> Iterator[Example]:
    action = "codebuild:ImportSourceCredentials"
    told = {"serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}
    yield alerts("a token", record(action, iam_user("mallory"), requestParameters=told))
    yield silent("a refusal", denied(action, iam_user("mallory")))
