"""Secret deleted without a recovery window.

A deleted secret can be restored for a week or more, unless the deletion says otherwise. Saying so
breaks whatever needs the secret, at once and for good.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_true
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if not is_true(event.get("requestParameters.forceDeleteWithoutRecovery")):
        return None
    return Match(secret_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:DeleteSecret"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1531"]},
    response="Ask the user. If it was not meant, set a new password where the secret was used, "
    "store it under the same name, and revoke the user's sessions and keys.",
    false_positives="Taking down a test environment by hand.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("for good", delete(mallory, forceDeleteWithoutRecovery=True))
    yield silent("with a window", delete(mallory, recoveryWindowInDays=7))
    yield silent("with the default window", delete(mallory, forceDeleteWithoutRecovery=False))
    pipeline = delete(assumed_role("deploy"), forceDeleteWithoutRecovery=True)
    yield silent("the pipeline", pipeline)
    yield silent("a refusal", denied("secretsmanager:DeleteSecret", mallory))


def delete(identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"secretId": "app/1"} | parameters
    return record("secretsmanager:DeleteSecret", identity, requestParameters=told)
