"""Credentials for a source repository put into CodeBuild.

Builds fetch their source with these credentials. With credentials of their own, an intruder lets
CodeBuild run the intruder's repository, with the project's role, at every push.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    server = event.request("serverType")
    return Match(f"{server} by {event.request('authType')}", subject=server)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["codebuild:ImportSourceCredentials"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="Ask the caller. If they did not do it, delete the credentials with `aws codebuild "
    "delete-source-credentials`. Then look for new webhooks and builds.",
    false_positives="The set-up of a build by hand, once.",
)


def examples() -> Examples:
    action, label = "codebuild:ImportSourceCredentials", "GITHUB by PERSONAL_ACCESS_TOKEN"
    token: Fields = {"serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN", "token": "HIDDEN"}
    imported = request(action, **token)
    yield alerts("a token", imported, subject="GITHUB", label=label)
    yield silent("a refused request", refused(action))
