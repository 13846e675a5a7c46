"""Resource shared with an unknown account.

Besides policies, many services have calls of their own that let another account in. It then reads
or copies images, directories, data lakes and findings with its own credentials.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.share_requests import ANSWERED, REQUESTS
from trailwarden.services.sharing import ANYONE, EVERYONE, accounts_in, given
from trailwarden.services.things import thing_of

LINKED = ":::publicAnonymousUser/"
"""How QuickSight writes that everybody with the link may look."""
ENVIRONMENT = Environment(organization_id="o-a1b2c3d4e5")
SHOWN = ("analysisId", "assetBundleImportJobId", "dashboardId", "dataSetId", "dataSourceId")
OWN_THINGS = frozenset({"catalogId", "gameLiftAwsAccountId", "resource", "resources"})
"""Names of shared things, not of receivers; a data catalog's id is an account's."""


MAILED = "organizations:InviteOrganizationToTransferResponsibility"
"""An invitation that may name its receiver by a mail address."""


def detect(event: Event) -> Match | None:
    receivers = strangers(event)
    if not receivers:
        return None
    thing = event.request(*SHOWN) or thing_of(event)  # QuickSight begins with the own account
    label = f"{thing} with {', '.join(receivers)}".strip()
    public = Severity.CRITICAL if ANYONE in receivers else None
    return Match(label, public, receivers[0])


def strangers(event: Event) -> list[str]:
    """Return the unknown accounts that a request names, wherever it names them."""
    parameters = shares(event)
    own = event.environment.organization_id
    found = [*accounts_in(parameters, OWN_THINGS, own)]
    if EVERYONE in texts(parameters, "userGroups"):
        found.append(ANYONE)
    if any(LINKED in principal for principal in texts(parameters, "principal", "principals")):
        found.append(ANYONE)
    if event.action in ANSWERED:
        found.extend(accounts_in(event.get("responseElements"), OWN_THINGS, own))
    mailed = [event.text("requestParameters.target.id")] if event.action == MAILED else []
    found.extend(address for address in mailed if "@" in address)
    return list(dict.fromkeys(a for a in found if a == ANYONE or not event.knows_account(a)))


def shares(event: Event) -> Mapping[str, Any]:
    """Return what a request gives; of QuickSight only permissions, as it names templates, too."""
    parameters = given(event.get("requestParameters"))
    if event.service != "quicksight":
        return parameters
    return {k: v for k, v in parameters.items() if "ermission" in k or k.startswith("link")}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*REQUESTS, *ANSWERED],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.PERSISTENCE: ["T1098"]},
    response="Find out whose account it is. If nobody knows, take the share back and disable the "
    "credentials. Then look for what the account took.",
    false_positives="A partner: name its account in `trusted_accounts`.",
)


def examples() -> Examples:
    for action, parameters in REQUESTS.items():
        yield alerts(action, request(action, **parameters), subject=OTHER_ACCOUNT)
    yield from dashboards()
    yield from taken_away()
    for action, answer in ANSWERED.items():
        accepted = request(action, answer=answer, connectionId="c")
        yield alerts(action, accepted, subject=OTHER_ACCOUNT, label=f"c with {OTHER_ACCOUNT}")
    share = "workspaces:UpdateWorkspaceImagePermission"
    image: Fields = {"imageId": "wsi-1", "allowCopyImage": True}
    shared = request(share, **image, sharedAccountId=OTHER_ACCOUNT)
    label = f"wsi-1 with {OTHER_ACCOUNT}"
    yield alerts("an image", shared, severity=Severity.HIGH, subject=OTHER_ACCOUNT, label=label)
    own = request(share, **image, sharedAccountId=ACCOUNT)
    yield silent("with itself", own)
    target = {"id": OTHER_ACCOUNT, "type": "ACCOUNT"}
    directory: Fields = {"directoryId": "d-1", "shareMethod": "HANDSHAKE", "shareTarget": target}
    yield alerts("a directory", request("ds:ShareDirectory", **directory), subject=OTHER_ACCOUNT)
    principal = {"dataLakePrincipalIdentifier": f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"}
    table = {"table": {"catalogId": ACCOUNT, "databaseName": "pay", "tableWildcard": {}}}
    lake: Fields = {"principal": principal, "resource": table, "permissions": ["SELECT"]}
    yield alerts("a data lake", request("lakeformation:GrantPermissions", **lake))
    mail: Fields = {"id": "eve@example.net", "type": "EMAIL"}
    bills: Fields = {"type": "BILLING", "startTimestamp": 1, "sourceName": "files"}
    invited = request(MAILED, target=mail, **bills)
    yield alerts("bills, to a mail address", invited, subject="eve@example.net")
    groups = {"launchPermission": {"userGroups": ["all"]}}
    images: Fields = {
        "name": "golden",
        "distributions": [{"region": "us-east-1", "amiDistributionConfiguration": groups}],
        "clientToken": "t",
    }
    public = request("imagebuilder:CreateDistributionConfiguration", **images)
    yield alerts("images for everyone", public, severity=Severity.CRITICAL, subject="anyone")
    mine = {"principal": {"dataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/reader"}}
    foreign = {"table": {"catalogId": OTHER_ACCOUNT, "databaseName": "shared"}}
    reading = request("lakeformation:GrantPermissions", **lake | mine | {"resource": foreign})
    yield silent("another's table for an own role", reading)
    unit = f"arn:aws:organizations::{OTHER_ACCOUNT}:ou/o-a1b2c3d4e5/ou-ab12-11111111"
    ours = lake | {"principal": {"dataLakePrincipalIdentifier": unit}}
    yield silent("a unit of the organization", request("lakeformation:GrantPermissions", **ours))
    theirs = lake | {"principal": {"dataLakePrincipalIdentifier": unit.replace("o-a1", "o-zz")}}
    yield alerts("a unit of another", request("lakeformation:GrantPermissions", **theirs))
    torn: Fields = {"type": "data", "name": "files", "policy": "[{"}
    yield silent("a torn policy", request("aoss:CreateAccessPolicy", **torn))
    profile: Fields = {"profileName": "p", "action": "signer:StartSigningJob", "statementId": "s"}
    anyone = request("signer:AddProfilePermission", **profile, principal="*")
    yield alerts("with anyone", anyone, severity=Severity.CRITICAL, subject="anyone")
    rules = [{"destinations": [{"region": "us-east-1", "registryId": OTHER_ACCOUNT}]}]
    replicated: Fields = {"replicationConfiguration": {"rules": rules}}
    yield alerts("container images", request("ecr:PutReplicationConfiguration", **replicated))


def dashboards() -> Examples:
    link = [{"principal": f"arn:aws:quicksight{LINKED}*", "actions": []}]
    board: Fields = {"awsAccountId": ACCOUNT, "dashboardId": "d"}
    linked = request("quicksight:UpdateDashboardPermissions", **board, grantLinkPermissions=link)
    critical = Severity.CRITICAL
    yield alerts("a dashboard", linked, severity=critical, subject="anyone", label="d with anyone")
    for taken in ("revokePermissions", "revokeLinkPermissions"):
        revoked = board | {taken: link}
        yield silent(taken, request("quicksight:UpdateDashboardPermissions", **revoked))
    vendors = f"arn:aws:quicksight:us-east-1:{OTHER_ACCOUNT}:template/costs"
    board |= {"sourceEntity": {"sourceTemplate": {"arn": vendors}}, "name": "costs"}
    yield silent("by a vendor's template", request("quicksight:CreateDashboard", **board))
    board |= {"linkSharingConfiguration": {"permissions": link}}
    public = request("quicksight:CreateDashboard", **board)
    yield alerts("a new dashboard", public, severity=Severity.CRITICAL, subject="anyone")


def taken_away() -> Examples:
    attachment: Fields = {"attachmentArn": "a", "removePrincipals": [OTHER_ACCOUNT]}
    gone = request("globalaccelerator:UpdateCrossAccountAttachment", **attachment)
    yield silent("an attachment, taken away", gone)
    image: Fields = {"imageId": "wsi-1", "sharedAccountId": OTHER_ACCOUNT}
    kept = request("workspaces:UpdateWorkspaceImagePermission", **image, allowCopyImage=False)
    yield silent("an image, taken away", kept)
    flags = {"allowFleet": False, "allowImageBuilder": "false"}
    image = {"name": "golden", "sharedAccountId": OTHER_ACCOUNT}
    unused = request("appstream:UpdateImagePermissions", **image, imagePermissions=flags)
    yield silent("an image, of no use", unused)
    flags = {"allowFleet": False, "allowImageBuilder": True}
    built = request("appstream:UpdateImagePermissions", **image, imagePermissions=flags)
    yield alerts("an image, of some use", built, subject=OTHER_ACCOUNT)
