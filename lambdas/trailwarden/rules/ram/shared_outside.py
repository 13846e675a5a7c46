"""Resource shared with an outside account.

Resource Access Manager lends subnets, gateways, databases and keys to other accounts. A share
outside the organization is a door that no bucket policy or key policy shows.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_true
from trailwarden.services.sharing import may_be_own, shared_outside, shared_with

OPENED = "Resource share opened to outside accounts"


def detect(event: Event) -> Match | None:
    share = event.request("name", "resourceShareArn")
    if outsiders := shared_outside(event):
        severity = Severity.MEDIUM if may_be_own(outsiders, event) else None
        return Match(f"{share} shared with {', '.join(outsiders)}", severity, share)
    allows = is_true(event.get("requestParameters.allowExternalPrincipals"))
    if allows and event.name == "UpdateResourceShare" and not shared_with(event):
        return Match(share, severity=Severity.MEDIUM, subject=share, title=OPENED)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ram:AssociateResourceShare", "ram:CreateResourceShare", "ram:UpdateResourceShare"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Disassociate the account from the share. Ask the caller for its owner, and read the "
    "uses of the shared resources.",
    false_positives="A partner's account. Name it in `trusted_accounts`, and the organization in "
    "`organization_id`.",
    references=["https://docs.aws.amazon.com/ram/latest/userguide/security-monitoring.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",), organization_id="o-a1b2c3d4e5")
ORGANIZATIONS = "arn:aws:organizations::777788889999:organization/"
SHARE = "arn:aws:ram:us-east-1:111122223333:resource-share/1"


def examples() -> Examples:
    outside = made(principals=[OTHER_ACCOUNT])
    yield alerts("another account", outside, severity=Severity.HIGH, subject="network")
    role = [f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"]
    associate = "ram:AssociateResourceShare"
    reader = request(associate, resourceShareArn=SHARE, principals=role)
    yield alerts("another account's role", reader, subject=SHARE)
    yield alerts("another organization", made(principals=[f"{ORGANIZATIONS}o-zzzzzzzzzz"]))
    yield alerts("opened", updated(allow=True), severity=Severity.MEDIUM, subject=SHARE)
    own = [f"{ORGANIZATIONS}o-a1b2c3d4e5", "777788889999"]
    yield silent("the organization", made(principals=own))
    yield silent("the default, used within", made(allowExternalPrincipals=True, principals=own))
    yield silent("closed", updated(allow=False))
    yield silent("refused", refused("ram:CreateResourceShare"))


def made(**parameters: Any) -> Record:
    return request("ram:CreateResourceShare", name="network", **parameters)


def updated(*, allow: bool) -> Record:
    action = "ram:UpdateResourceShare"
    return request(action, resourceShareArn=SHARE, allowExternalPrincipals=allow)
