"""Secret deleted without a recovery window.

A deleted secret can be restored for a week or more, unless the deletion says otherwise. Then
everything that needs the secret breaks at once and for good.

A secret that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.undone import Undone, by_actor_and_kind, made
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_true
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match | None:
    secret = secret_of(event)
    if event.name == "CreateSecret":
        return Match(made(secret)) if event.succeeded else None
    for_good = is_true(event.get("requestParameters.forceDeleteWithoutRecovery"))
    severity = Severity.LOW if resembles_pipeline(event) else None  # a preview's end
    return Match(secret, severity, secret) if for_good else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1531"]},
    response="Ask the caller. If it was not intended, set a new password at the service and store "
    "it under the same name. Then revoke the caller's sessions and keys.",
    false_positives="An engineer takes a test environment down by hand.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html"
    ],
    correlation=Undone(timespan=DAY, group_by=by_actor_and_kind),
)


def examples() -> Examples:
    delete, secret = "secretsmanager:DeleteSecret", "app/1"
    gone = request(delete, secretId=secret, forceDeleteWithoutRecovery=True)
    yield alerts("for good", gone, severity=Severity.HIGH, subject=secret)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    token: Fields = {"federatedProvider": provider, "attributes": {}}
    build = assumed_role("deploy", webIdFederationData=token)
    preview = request(delete, build, secretId=secret, forceDeleteWithoutRecovery=True)
    yield alerts("with the token of a build", preview, severity=Severity.LOW)
    begun = request("secretsmanager:CreateSecret", name=secret, minute=-14 * 60)
    ended = request(delete, minute=9, secretId=secret, forceDeleteWithoutRecovery=True)
    yield alerts("a trial", begun, ended, severity=Severity.LOW, subject=secret)
    theirs = {**begun, "userIdentity": build}
    yield alerts("what another made", theirs, gone, severity=Severity.HIGH)
    ago = {**begun, "eventTime": "2025-06-01T11:59:00Z"}
    yield alerts("a trial of long ago", ago, gone, severity=Severity.HIGH)
    yield silent("a trial is made", begun)
    yield silent("with a window", request(delete, secretId=secret, recoveryWindowInDays=7))
    kept = request(delete, secretId=secret, forceDeleteWithoutRecovery=False)
    yield silent("with the default window", kept)
    yield silent("refused", refused(delete))
