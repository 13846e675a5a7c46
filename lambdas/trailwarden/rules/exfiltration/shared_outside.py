"""Resource shared with an unknown account.

Besides policies, many services have calls of their own that let another account in. It then reads
or copies images, directories, data lakes and findings with its own credentials.
"""

import json
from collections.abc import Mapping

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.sharing import ANYONE, EVERYONE, accounts_in
from trailwarden.services.things import thing_of

STRANGER = OTHER_ACCOUNT
BUCKET = f"arn:aws:s3tables:us-east-1:{STRANGER}:bucket/loot"
SINK = f"arn:aws:oam:us-east-1:{STRANGER}:sink/1"
LINKED = ":::publicAnonymousUser/"
"""How QuickSight writes that everybody with the link may look."""
SHOWN: Fields = {
    "awsAccountId": ACCOUNT,
    "grantPermissions": [
        {"principal": f"arn:aws:quicksight:us-east-1:{STRANGER}:user/default/eve"}
    ],
}
REQUESTS: Mapping[str, Fields] = {
    "aoss:CreateAccessPolicy": {
        "type": "data",
        "name": "files",
        "policy": [{"Rules": [], "Principal": [f"arn:aws:iam::{STRANGER}:root"]}],
    },
    "aoss:UpdateAccessPolicy": {
        "type": "data",
        "name": "files",
        "policyVersion": "1",
        "policy": json.dumps([{"Rules": [], "Principal": [f"arn:aws:iam::{STRANGER}:root"]}]),
    },
    "appstream:UpdateImagePermissions": {
        "name": "files",
        "sharedAccountId": STRANGER,
        "imagePermissions": {},
    },
    "auditmanager:StartAssessmentFrameworkShare": {
        "frameworkId": "files",
        "destinationAccount": STRANGER,
        "destinationRegion": "files",
    },
    "cleanrooms:CreateCollaboration": {
        "members": [{"accountId": STRANGER, "memberAbilities": [], "displayName": "files"}],
        "name": "files",
        "creatorMemberAbilities": [],
        "creatorDisplayName": "files",
        "queryLogStatus": "ENABLED",
    },
    "codeguru-profiler:PutPermission": {
        "actionGroup": "agentPermissions",
        "principals": [f"arn:aws:iam::{STRANGER}:root"],
        "profilingGroupName": "files",
    },
    "config:PutAggregationAuthorization": {
        "authorizedAccountId": STRANGER,
        "authorizedAwsRegion": "files",
    },
    "dataexchange:CreateDataGrant": {
        "name": "files",
        "grantDistributionScope": "AWS_ORGANIZATION",
        "receiverPrincipal": STRANGER,
        "sourceDataSetId": "files",
    },
    "detective:AcceptInvitation": {"graphArn": f"arn:aws:detective:us-east-1:{STRANGER}:graph:1"},
    "directconnect:AcceptDirectConnectGatewayAssociationProposal": {
        "directConnectGatewayId": "files",
        "proposalId": "p",
        "associatedGatewayOwnerAccount": STRANGER,
    },
    "directconnect:CreateDirectConnectGatewayAssociationProposal": {
        "directConnectGatewayId": "files",
        "directConnectGatewayOwnerAccount": STRANGER,
        "gatewayId": "vgw-1",
    },
    "dlm:CreateLifecyclePolicy": {
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/dlm",
        "description": "files",
        "state": "ENABLED",
        "policyDetails": {"schedules": [{"shareRules": [{"targetAccounts": [STRANGER]}]}]},
    },
    "dlm:UpdateLifecyclePolicy": {
        "policyId": "files",
        "policyDetails": {"schedules": [{"shareRules": [{"targetAccounts": [STRANGER]}]}]},
    },
    "ds:ShareDirectory": {
        "directoryId": "files",
        "shareTarget": {"id": STRANGER, "type": "ACCOUNT"},
        "shareMethod": "ORGANIZATIONS",
    },
    "ec2:CreateNetworkInterfacePermission": {
        "networkInterfaceId": "files",
        "awsAccountId": STRANGER,
        "permission": "INSTANCE-ATTACH",
    },
    "ec2:EnableAddressTransfer": {"allocationId": "files", "transferAccountId": STRANGER},
    "ecr:PutReplicationConfiguration": {
        "replicationConfiguration": {
            "rules": [{"destinations": [{"region": "files", "registryId": STRANGER}]}]
        }
    },
    "es:AuthorizeVpcEndpointAccess": {"domainName": "files", "account": STRANGER},
    "es:CreateOutboundConnection": {
        "connectionAlias": "files",
        "localDomainInfo": {"aWSDomainInformation": {"domainName": "files"}},
        "remoteDomainInfo": {"aWSDomainInformation": {"ownerId": STRANGER, "domainName": "loot"}},
    },
    "globalaccelerator:CreateCrossAccountAttachment": {
        "name": "files",
        "principals": [STRANGER],
        "idempotencyToken": "t",
    },
    "globalaccelerator:UpdateCrossAccountAttachment": {
        "attachmentArn": "files",
        "addPrincipals": [STRANGER],
    },
    "guardduty:AcceptAdministratorInvitation": {
        "detectorId": "files",
        "administratorId": STRANGER,
        "invitationId": "1",
    },
    "guardduty:AcceptInvitation": {
        "detectorId": "files",
        "masterId": STRANGER,
        "invitationId": "1",
    },
    "imagebuilder:CreateDistributionConfiguration": {
        "name": "files",
        "distributions": [
            {"region": "files", "amiDistributionConfiguration": {"targetAccountIds": [STRANGER]}}
        ],
        "clientToken": "t",
    },
    "imagebuilder:UpdateDistributionConfiguration": {
        "distributionConfigurationArn": "files",
        "distributions": [
            {
                "region": "files",
                "amiDistributionConfiguration": {"launchPermission": {"userIds": [STRANGER]}},
            }
        ],
        "clientToken": "t",
    },
    "lakeformation:BatchGrantPermissions": {
        "entries": [{"id": "files", "principal": {"dataLakePrincipalIdentifier": STRANGER}}]
    },
    "lakeformation:GrantPermissions": {
        "principal": {"dataLakePrincipalIdentifier": STRANGER},
        "resource": {},
        "permissions": [],
    },
    "kafka:CreateReplicator": {
        "kafkaClusters": [
            {"amazonMskCluster": {"mskClusterArn": f"arn:aws:kafka:us-east-1:{STRANGER}:cluster/c"}}
        ],
        "replicationInfoList": [],
        "replicatorName": "files",
        "serviceExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/replicator",
    },
    "license-manager:CreateGrant": {
        "clientToken": "t",
        "grantName": "files",
        "licenseArn": "files",
        "principals": [STRANGER],
        "homeRegion": "files",
        "allowedOperations": [],
    },
    "lightsail:UpdateBucket": {"bucketName": "files", "readonlyAccessAccounts": [STRANGER]},
    "macie2:AcceptInvitation": {"administratorAccountId": STRANGER, "invitationId": "1"},
    "mediaconnect:GrantFlowEntitlements": {
        "entitlements": [{"subscribers": [STRANGER]}],
        "flowArn": "files",
    },
    "mediaconnect:UpdateFlowEntitlement": {
        "entitlementArn": "files",
        "flowArn": "files",
        "subscribers": [STRANGER],
    },
    "oam:CreateLink": {
        "sinkIdentifier": SINK,
        "resourceTypes": ["AWS::Logs::LogGroup"],
        "labelTemplate": "files",
    },
    "omics:CreateShare": {"resourceArn": "files", "principalSubscriber": STRANGER},
    "organizations:InviteOrganizationToTransferResponsibility": {
        "type": "BILLING",
        "target": {"id": STRANGER, "type": "ACCOUNT"},
        "startTimestamp": 1,
        "sourceName": "files",
    },
    "quicksight:UpdateAnalysisPermissions": {"analysisId": "files", **SHOWN},
    "quicksight:UpdateDashboardPermissions": {"dashboardId": "files", **SHOWN},
    "quicksight:UpdateDataSetPermissions": {"dataSetId": "files", **SHOWN},
    "quicksight:UpdateDataSourcePermissions": {"dataSourceId": "files", **SHOWN},
    "route53-recovery-readiness:CreateCrossAccountAuthorization": {
        "crossAccountAuthorization": STRANGER
    },
    "s3tables:PutTableBucketReplication": {
        "tableBucketARN": "files",
        "configuration": {
            "role": f"arn:aws:iam::{ACCOUNT}:role/replicator",
            "rules": [{"destinations": [{"destinationTableBucketARN": BUCKET}]}],
        },
    },
    "s3tables:PutTableReplication": {
        "tableArn": "files",
        "configuration": {
            "role": f"arn:aws:iam::{ACCOUNT}:role/replicator",
            "rules": [{"destinations": [{"destinationTableBucketARN": BUCKET}]}],
        },
    },
    "securityhub:AcceptAdministratorInvitation": {"administratorId": STRANGER, "invitationId": "1"},
    "securityhub:AcceptInvitation": {"masterId": STRANGER, "invitationId": "1"},
    "securitylake:CreateSubscriber": {
        "sources": [{}],
        "subscriberIdentity": {"externalId": "files", "principal": STRANGER},
        "subscriberName": "files",
    },
    "securitylake:UpdateSubscriber": {
        "subscriberId": "files",
        "subscriberIdentity": {"externalId": "files", "principal": STRANGER},
    },
    "servicecatalog:CreatePortfolioShare": {"portfolioId": "files", "accountId": STRANGER},
    "servicecatalog:UpdatePortfolioShare": {"portfolioId": "files", "accountId": STRANGER},
    "signer:AddProfilePermission": {
        "profileName": "files",
        "action": "files",
        "principal": STRANGER,
        "statementId": "files",
    },
    "wellarchitected:CreateLensShare": {
        "lensAlias": "files",
        "sharedWith": STRANGER,
        "clientRequestToken": "t",
    },
    "wellarchitected:CreateProfileShare": {
        "profileArn": "files",
        "sharedWith": STRANGER,
        "clientRequestToken": "t",
    },
    "wellarchitected:CreateTemplateShare": {
        "templateArn": "files",
        "sharedWith": STRANGER,
        "clientRequestToken": "t",
    },
    "wellarchitected:CreateWorkloadShare": {
        "workloadId": "files",
        "sharedWith": STRANGER,
        "permissionType": "READONLY",
        "clientRequestToken": "t",
    },
    "workspaces:CreateAccountLinkInvitation": {"targetAccountId": STRANGER},
    "workspaces:UpdateConnectionAliasPermission": {
        "aliasId": "files",
        "connectionAliasPermission": {"sharedAccountId": STRANGER, "allowAssociation": True},
    },
    "workspaces:UpdateWorkspaceImagePermission": {
        "imageId": "files",
        "allowCopyImage": True,
        "sharedAccountId": STRANGER,
    },
}
"""Each call that lets another account in, as it names one."""

OWN_THINGS = frozenset(
    {"catalogId", "eventSource", "gameLiftAwsAccountId", "resource", "resources"}
)
"""Names of shared things, and of who shares with this account, but not of receivers.

A data catalog's id is an account's.
"""


MAILED = "organizations:InviteOrganizationToTransferResponsibility"
"""An invitation that may name its receiver by a mail address."""

ANSWERED: Mapping[str, Fields] = {
    "es:AcceptInboundConnection": {
        "connection": {
            "localDomainInfo": {"aWSDomainInformation": {"ownerId": ACCOUNT}},
            "remoteDomainInfo": {"aWSDomainInformation": {"ownerId": STRANGER}},
        }
    }
}
"""Calls that accept another account, which only the answer names."""


def detect(event: Event) -> Match | None:
    receivers = strangers(event)
    if not receivers:
        return None
    label = f"{thing_of(event)} with {', '.join(receivers)}".strip()
    public = Severity.CRITICAL if ANYONE in receivers else None
    return Match(label, public, receivers[0])


def strangers(event: Event) -> list[str]:
    """Return the unknown accounts that a request names, wherever it names them."""
    parameters = event.get("requestParameters")
    found = [*accounts_in(parameters, OWN_THINGS)]
    if EVERYONE in texts(parameters, "userGroups"):
        found.append(ANYONE)
    if any(LINKED in principal for principal in texts(parameters, "principal")):
        found.append(ANYONE)
    if event.action in ANSWERED:
        found.extend(accounts_in(event.get("responseElements"), OWN_THINGS))
    mailed = [event.text("requestParameters.target.id")] if event.action == MAILED else []
    found.extend(address for address in mailed if "@" in address)
    return list(dict.fromkeys(a for a in found if a == ANYONE or not event.knows_account(a)))


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
    link = [{"principal": f"arn:aws:quicksight{LINKED}*", "actions": []}]
    board: Fields = {"awsAccountId": ACCOUNT, "dashboardId": "d", "grantLinkPermissions": link}
    linked = request("quicksight:UpdateDashboardPermissions", **board)
    yield alerts("a dashboard", linked, severity=Severity.CRITICAL, subject="anyone")
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
    source = {"type": "MANAGED_CWE", "parameters": {"snapshotOwner": [OTHER_ACCOUNT]}}
    copies: Fields = {"policyId": "p-1", "policyDetails": {"eventSource": source}}
    yield silent("another's snapshots", request("dlm:UpdateLifecyclePolicy", **copies))
    torn: Fields = {"type": "data", "name": "files", "policy": "[{"}
    yield silent("a torn policy", request("aoss:CreateAccessPolicy", **torn))
    profile: Fields = {"profileName": "p", "action": "signer:StartSigningJob", "statementId": "s"}
    anyone = request("signer:AddProfilePermission", **profile, principal="*")
    yield alerts("with anyone", anyone, severity=Severity.CRITICAL, subject="anyone")
    rules = [{"destinations": [{"region": "us-east-1", "registryId": OTHER_ACCOUNT}]}]
    replicated: Fields = {"replicationConfiguration": {"rules": rules}}
    yield alerts("container images", request("ecr:PutReplicationConfiguration", **replicated))
