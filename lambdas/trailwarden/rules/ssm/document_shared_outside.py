"""Systems Manager document shared with outsiders.

Documents hold scripts, host names and often passwords. Anyone with an AWS account can read a
document that is shared publicly.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.sharing import shared_outside


def detect(event: Event) -> Match | None:
    outside = shared_outside(event)
    if not outside:
        return None
    document = event.request("name")
    outsiders = "everyone" if "all" in outside else ", ".join(outside)
    return Match(f"{document} shared with {outsiders}", subject=document)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:ModifyDocumentPermission"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1213"]},
    response="Take the permission away with `aws ssm modify-document-permission "
    "--account-ids-to-remove`. Then rotate every secret that the document contains.",
    false_positives="A vendor that publishes its document: name its account in `trusted_accounts`.",
)

DOCUMENT = "rotate-passwords"


def examples() -> Examples:
    label = f"{DOCUMENT} shared with everyone"
    everyone = modified(accountIdsToAdd=["all"])
    yield alerts("with everyone", everyone, subject=DOCUMENT, label=label)
    yield alerts("as SSM writes it", modified(accountIdsToAdd=["All"]), label=label)
    label = f"{DOCUMENT} shared with {OTHER_ACCOUNT}"
    yield alerts("with an unknown account", modified(accountIdsToAdd=[OTHER_ACCOUNT]), label=label)
    yield silent("no longer with everyone", modified(accountIdsToRemove=["all"]))
    yield silent("with the account itself", modified(accountIdsToAdd=[ACCOUNT]))


def modified(**accounts: Any) -> Record:
    document: Fields = {"name": DOCUMENT, "permissionType": "Share"}
    return request("ssm:ModifyDocumentPermission", **document, **accounts)
