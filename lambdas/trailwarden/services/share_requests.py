"""The requests of all services that let another account in, and a stranger's example of each."""

import json
from collections.abc import Mapping

from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields

STRANGER = OTHER_ACCOUNT
BUCKET = f"arn:aws:s3tables:us-east-1:{STRANGER}:bucket/loot"
SINK = f"arn:aws:oam:us-east-1:{STRANGER}:sink/1"
EVE = f"arn:aws:quicksight:us-east-1:{STRANGER}:user/default/eve"
SHOWN: Fields = {"awsAccountId": ACCOUNT, "grantPermissions": [{"principal": EVE}]}
MADE: Fields = {"awsAccountId": ACCOUNT, "permissions": [{"principal": EVE}], "name": "n"}
LAKE = "lakeformation:{}LakeFormationIdentityCenterConfiguration"
READER: Fields = {"dataLakePrincipalIdentifier": STRANGER}
CALLS: Fields = {"instanceId": "files", "targetAccountId": STRANGER}
PROJECT: Fields = {
    "destinationProjectArn": f"arn:aws:rekognition:us-east-1:{STRANGER}:project/p/1",
    "outputConfig": {},
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
    "cleanrooms:CreateCollaborationChangeRequest": {
        "collaborationIdentifier": "files",
        "changes": [{"specification": {"member": {"accountId": STRANGER}}}],
    },
    "codepipeline:UpdateActionType": {"actionType": {"permissions": {"allowedAccounts": STRANGER}}},
    "codeguru-profiler:PutPermission": {
        "actionGroup": "agentPermissions",
        "principals": [f"arn:aws:iam::{STRANGER}:root"],
        "profilingGroupName": "files",
    },
    "connect:AssociateAnalyticsDataSet": CALLS | {"dataSetId": "calls"},
    "connect:BatchAssociateAnalyticsDataSet": CALLS | {"dataSetIds": ["calls"]},
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
    LAKE.format("Create"): {"shareRecipients": [READER]},
    LAKE.format("Update"): {"externalFiltering": {"authorizedTargets": [STRANGER]}},
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
    "mediaconnect:CreateFlow": {"name": "files", "entitlements": [{"subscribers": [STRANGER]}]},
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
    "proton:CreateEnvironmentAccountConnection": {
        "environmentName": "files",
        "managementAccountId": STRANGER,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/proton",
    },
    "qbusiness:AssociatePermission": {
        "applicationId": "files",
        "statementId": "s",
        "actions": ["qbusiness:SearchRelevantContent"],
        "principal": f"arn:aws:iam::{STRANGER}:role/reader",
    },
    "qbusiness:CreateDataAccessor": {
        "applicationId": "files",
        "principal": f"arn:aws:iam::{STRANGER}:role/reader",
        "actionConfigurations": [],
        "displayName": "reader",
    },
    "quicksight:CreateAnalysis": {"analysisId": "files", **MADE},
    "quicksight:CreateDashboard": {"dashboardId": "files", **MADE},
    "quicksight:CreateDataSet": {"dataSetId": "files", **MADE}
    | {"physicalTableMap": {}, "importMode": "SPICE"},
    "quicksight:CreateDataSource": {"dataSourceId": "files", **MADE} | {"type": "S3"},
    "quicksight:StartAssetBundleImportJob": {
        "awsAccountId": ACCOUNT,
        "assetBundleImportJobId": "files",
        "assetBundleImportSource": {},
        "overridePermissions": {"dataSets": [{"permissions": {"principals": [EVE]}}]},
    },
    "quicksight:UpdateAnalysisPermissions": {"analysisId": "files", **SHOWN},
    "quicksight:UpdateDashboardPermissions": {"dashboardId": "files", **SHOWN},
    "quicksight:UpdateDataSetPermissions": {"dataSetId": "files", **SHOWN},
    "quicksight:UpdateDataSourcePermissions": {"dataSourceId": "files", **SHOWN},
    "rekognition:CopyProjectVersion": {
        "sourceProjectArn": "files",
        "sourceProjectVersionArn": "v",
        "versionName": "v",
        **PROJECT,
    },
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

ANSWERED: Mapping[str, Fields] = {
    "es:AcceptInboundConnection": {
        "connection": {
            "localDomainInfo": {"aWSDomainInformation": {"ownerId": ACCOUNT}},
            "remoteDomainInfo": {"aWSDomainInformation": {"ownerId": STRANGER}},
        }
    }
}
"""Calls that accept another account, which only the answer names."""
