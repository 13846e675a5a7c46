"""Resource shared with an outside account through RAM.

Resource Access Manager lends subnets, gateways, databases and keys to other accounts. A share to
one outside the organization is a door that no bucket or key policy mentions.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_true
from trailwarden.services.sharing import shared_outside, shared_with


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    share = event.text("requestParameters.name") or event.text("requestParameters.resourceShareArn")
    outsiders = shared_outside(event)
    if outsiders:
        return Match(f"{share[-80:]} shared with {outsiders[0][:80]}", subject=share)
    allows = is_true(event.get("requestParameters.allowExternalPrincipals"))
    if allows and event.name == "UpdateResourceShare" and not shared_with(event):
        label = f"{share[-80:]} may be shared outside"
        return Match(label, severity=Severity.MEDIUM, subject=share)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ram:AssociateResourceShare", "ram:CreateResourceShare", "ram:UpdateResourceShare"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Disassociate the account from the share. Then ask the user whose account it is, and "
    "look at what the shared resources were used for.",
    false_positives="A partner's account: name it in `trusted_accounts`. Name the organization in "
    "`organization_id`, so that strange ones stand out.",
    references=["https://docs.aws.amazon.com/ram/latest/userguide/security-monitoring.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",), organization_id="o-a1b2c3d4e5")
ORGANIZATIONS = "arn:aws:organizations::777788889999:organization/"


def examples() -> Iterator[Example]:
    yield alerts("another account", share("ram:CreateResourceShare", principals=[OTHER_ACCOUNT]))
    role = [f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"]
    yield alerts("another account's role", share("ram:AssociateResourceShare", principals=role))
    strange = [f"{ORGANIZATIONS}o-zzzzzzzzzz"]
    yield alerts("another organization", share("ram:AssociateResourceShare", principals=strange))
    yield alerts("opened", share("ram:UpdateResourceShare", allowExternalPrincipals=True))
    own = [f"{ORGANIZATIONS}o-a1b2c3d4e5", "777788889999"]
    yield silent("the organization", share("ram:CreateResourceShare", principals=own))
    defaults = share("ram:CreateResourceShare", allowExternalPrincipals=True, principals=own)
    yield silent("the default, used within", defaults)
    yield silent("closed", share("ram:UpdateResourceShare", allowExternalPrincipals=False))
    yield silent("a refusal", denied("ram:CreateResourceShare", iam_user("mallory")))


def share(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters={"name": "network"} | parameters)
