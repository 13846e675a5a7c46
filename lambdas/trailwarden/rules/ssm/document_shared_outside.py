"""Systems Manager document shared with everyone or an unknown account.

Documents hold scripts, host names and often passwords. Shared publicly, everybody with an AWS
account reads them.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.sharing import shared_outside


def detect(event: Event) -> Match | None:
    outside = shared_outside(event)
    if not event.succeeded or not outside:
        return None
    document = event.text("requestParameters.name")
    to = "everyone" if "all" in outside else ", ".join(outside[:3])
    return Match(f"{document[:60]} shared with {to}", subject=document)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:ModifyDocumentPermission"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1213"]},
    response="Take the permission away with `aws ssm modify-document-permission "
    "--account-ids-to-remove`, then rotate whatever secret the document contains.",
    false_positives="A vendor that publishes its document: name its account in `trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    yield alerts("with everyone", modified(accountIdsToAdd=["all"]))
    yield alerts("with an unknown account", modified(accountIdsToAdd=[OTHER_ACCOUNT]))
    yield silent("no longer with everyone", modified(accountIdsToRemove=["all"]))
    yield silent("with itself", modified(accountIdsToAdd=[ACCOUNT]))
    yield silent("a refusal", denied("ssm:ModifyDocumentPermission", iam_user("mallory")))


def modified(**told: Any) -> Record:
    told |= {"name": "rotate-passwords", "permissionType": "Share"}
    return record("ssm:ModifyDocumentPermission", iam_user("mallory"), requestParameters=told)
