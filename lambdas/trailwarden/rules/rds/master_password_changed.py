"""Database's master password changed.

Whoever may modify a database may set its password, and log in as its administrator without knowing
the old one. The owner notices when the application no longer can.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false, store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    set_now = event.get("requestParameters.masterUserPassword")
    pending = event.get("responseElements.pendingModifiedValues.masterUserPassword")
    if not (set_now or pending or leaves_secrets_manager(event)):
        return None
    return Match(store_of(event), subject=store_of(event))


def leaves_secrets_manager(event: Event) -> bool:
    """Say whether the password is taken out of Secrets Manager, which kept and rotated it."""
    return is_false(event.get("requestParameters.manageMasterUserPassword"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "redshift:ModifyCluster",
        "redshift-serverless:UpdateNamespace",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.IMPACT: ["T1531"]},
    response="Ask the user. If it was not them, set another password, end the sessions of the "
    "master user, and look for users and grants that were added in the database itself.",
    false_positives="A password that was lost, or is changed by hand on schedule.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    hidden = {"masterUserPassword": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    mallory = iam_user("mallory")
    yield alerts("asked", modify(mallory, hidden))
    yield alerts("pending", modify(mallory, {}, {"pendingModifiedValues": hidden}))
    yield alerts("out of the store", modify(mallory, {"manageMasterUserPassword": False}))
    yield silent("something else", modify(mallory, {"allocatedStorage": 20}))
    yield silent("into the store", modify(mallory, {"manageMasterUserPassword": True}))
    yield silent("the pipeline", modify(assumed_role("deploy"), hidden))
    yield silent("a refusal", denied("rds:ModifyDBInstance", mallory))


def modify(
    identity: dict[str, Any], parameters: dict[str, Any], response: dict[str, Any] | None = None
) -> Record:
    told = {"dBInstanceIdentifier": "payroll"} | parameters
    return record(
        "rds:ModifyDBInstance", identity, requestParameters=told, responseElements=response
    )
