"""Reads the policies that requests of all services put on resources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.policy.access import Grant, external_grants
from trailwarden.policy.document import VERSION
from trailwarden.services.ec2 import values

EVENTS = (
    "acm-pca:PutPolicy",
    "aiops:PutInvestigationGroupPolicy",
    "apigateway:CreateDomainName",
    "apigateway:CreateRestApi",
    "apigateway:PutPortalProductSharingPolicy",
    "apigateway:UpdateDomainName",
    "apigateway:UpdateRestApi",
    "aps:PutResourcePolicy",
    "aws-marketplace:PutResourcePolicy",
    "backup:CreateBackupAccessPoint",
    "backup:PutBackupVaultAccessPolicy",
    "bedrock-agentcore:PutResourcePolicy",
    "cleanrooms-ml:PutConfiguredAudienceModelPolicy",
    "cloudfront:PutResourcePolicy",
    "cloudhsm:PutResourcePolicy",
    "cloudsearch:UpdateServiceAccessPolicies",
    "cloudtrail:PutResourcePolicy",
    "codeartifact:PutDomainPermissionsPolicy",
    "codeartifact:PutRepositoryPermissionsPolicy",
    "codebuild:PutResourcePolicy",
    "codeguru-profiler:PutPermission",
    "comprehend:CreateDocumentClassifier",
    "comprehend:CreateEntityRecognizer",
    "comprehend:PutResourcePolicy",
    "continuum:PutResourcePolicy",
    "dsql:CreateCluster",
    "dsql:PutClusterPolicy",
    "dynamodb:CreateTable",
    "dynamodb:PutResourcePolicy",
    "ecr-public:SetRepositoryPolicy",
    "ecr:CreateRepositoryCreationTemplate",
    "ecr:PutRegistryPolicy",
    "ecr:SetRepositoryPolicy",
    "ecr:UpdateRepositoryCreationTemplate",
    "elasticfilesystem:PutFileSystemPolicy",
    "elemental-inference:PutFeedPolicy",
    "entityresolution:AddPolicyStatement",
    "entityresolution:PutPolicy",
    "es:CreateDomain",
    "es:CreateElasticsearchDomain",
    "es:UpdateDomainConfig",
    "es:UpdateElasticsearchDomainConfig",
    "events:PutPermission",
    "events:PutResourcePolicy",
    "fsx:CreateAndAttachS3AccessPoint",
    "glacier:InitiateVaultLock",
    "glacier:SetVaultAccessPolicy",
    "glue:PutResourcePolicy",
    "imagebuilder:PutComponentPolicy",
    "imagebuilder:PutContainerRecipePolicy",
    "imagebuilder:PutImagePolicy",
    "imagebuilder:PutImageRecipePolicy",
    "kafka:PutClusterPolicy",
    "kinesis:PutResourcePolicy",
    "lambda:PutResourcePolicy",
    "lex:CreateResourcePolicy",
    "lex:CreateResourcePolicyStatement",
    "lex:UpdateResourcePolicy",
    "logs:PutDeliveryDestinationPolicy",
    "logs:PutDestinationPolicy",
    "logs:PutResourcePolicy",
    "lookoutequipment:PutResourcePolicy",
    "mediapackagev2:PutChannelPolicy",
    "mediapackagev2:PutOriginEndpointPolicy",
    "mediastore:PutContainerPolicy",
    "mediatailor:PutChannelPolicy",
    "network-firewall:PutResourcePolicy",
    "networkmanager:PutResourcePolicy",
    "oam:PutSinkPolicy",
    "omics:PutS3AccessPolicy",
    "organizations:PutResourcePolicy",
    "osis:PutResourcePolicy",
    "payment-cryptography:PutResourcePolicy",
    "redshift-serverless:PutResourcePolicy",
    "redshift:PutResourcePolicy",
    "refactor-spaces:PutResourcePolicy",
    "rekognition:PutProjectPolicy",
    "route53resolver:PutFirewallRuleGroupPolicy",
    "route53resolver:PutResolverQueryLogConfigPolicy",
    "route53resolver:PutResolverRulePolicy",
    "rum:PutResourcePolicy",
    "s3files:PutFileSystemPolicy",
    "s3tables:PutTableBucketPolicy",
    "s3tables:PutTablePolicy",
    "s3vectors:PutVectorBucketPolicy",
    "sagemaker:PutEndpointPolicy",
    "sagemaker:PutModelPackageGroupPolicy",
    "schemas:PutResourcePolicy",
    "serverlessrepo:PutApplicationPolicy",
    "ses:CreateEmailIdentityPolicy",
    "ses:PutIdentityPolicy",
    "ses:UpdateEmailIdentityPolicy",
    "sms-voice:PutResourcePolicy",
    "sns:AddPermission",
    "sns:CreateTopic",
    "sns:SetTopicAttributes",
    "sqs:AddPermission",
    "sqs:CreateQueue",
    "sqs:SetQueueAttributes",
    "ssm-contacts:PutContactPolicy",
    "ssm-incidents:PutResourcePolicy",
    "ssm:PutResourcePolicy",
    "sso:PutApplicationAuthenticationMethod",
    "vpc-lattice:PutAuthPolicy",
    "vpc-lattice:PutResourcePolicy",
    "waf-regional:PutPermissionPolicy",
    "waf:PutPermissionPolicy",
    "wafv2:PutPermissionPolicy",
    "wellarchitected:PutAgentProfilePolicy",
    "wellarchitected:PutAgentRecommendationPolicy",
    "xray:PutResourcePolicy",
)
"""Requests that give access to a resource and have no rule of their own."""

_NAMED_FOR_IT = re.compile(r":(?:Put|Set|Add|Update|Create)\w*(?:Polic|Permission)")
GIVING = tuple(filter(_NAMED_FOR_IT.search, EVENTS))
"""Those that do nothing else: even a refused one shows the intent."""

READS: Mapping[str, tuple[str, ...]] = {
    "backup:PutBackupVaultAccessPolicy": ("backup:StartRestoreJob", "backup:CopyFromBackupVault"),
    "cloudtrail:PutResourcePolicy": ("cloudtrail:StartQuery",),
    "codeartifact:PutDomainPermissionsPolicy": ("codeartifact:GetAuthorizationToken",),
    "codeartifact:PutRepositoryPermissionsPolicy": ("codeartifact:ReadFromRepository",),
    "dsql:PutClusterPolicy": ("dsql:DbConnect",),
    "dynamodb:PutResourcePolicy": ("dynamodb:GetItem",),
    "ecr:SetRepositoryPolicy": ("ecr:BatchGetImage",),
    "elasticfilesystem:PutFileSystemPolicy": ("elasticfilesystem:ClientMount",),
    "es:UpdateDomainConfig": ("es:ESHttpGet",),
    "es:UpdateElasticsearchDomainConfig": ("es:ESHttpGet",),
    "events:PutPermission": ("events:PutEvents",),
    "glacier:SetVaultAccessPolicy": ("glacier:InitiateJob",),
    "glue:PutResourcePolicy": ("glue:GetTable",),
    "iam:UpdateAssumeRolePolicy": ("sts:AssumeRole",),
    "kinesis:PutResourcePolicy": ("kinesis:GetRecords",),
    "lambda:PutResourcePolicy": ("lambda:InvokeFunction",),
    "s3:PutAccessPointPolicy": ("s3:GetObject",),
    "s3:PutBucketPolicy": ("s3:GetObject",),
    "s3:PutMultiRegionAccessPointPolicy": ("s3:GetObject",),
    "s3express:PutAccessPointPolicy": ("s3express:CreateSession",),
    "s3express:PutBucketPolicy": ("s3express:CreateSession",),
    "s3tables:PutTableBucketPolicy": ("s3tables:GetTableData",),
    "s3tables:PutTablePolicy": ("s3tables:GetTableData",),
    "s3vectors:PutVectorBucketPolicy": ("s3vectors:GetVectors",),
    "secretsmanager:PutResourcePolicy": ("secretsmanager:GetSecretValue",),
    "sns:SetTopicAttributes": ("sns:Publish",),
    "sqs:SetQueueAttributes": ("sqs:ReceiveMessage",),
}
"""Requests that put a policy on a resource, and what everybody has to be allowed who uses it."""

_DOCUMENTS = (
    *("accessPointPolicy", "accessPolicies", "accessPolicy", "actorPolicy", "attributeValue"),
    *("bucketPolicy", "configuredAudienceModelPolicy", "deliveryDestinationPolicy"),
    "fileSystemPolicy",
    *("firewallRuleGroupPolicy", "modelPolicy", "policy", "policyDocument", "policyInJson"),
    *("policyText", "repositoryPolicy", "resolverQueryLogConfigPolicy", "resolverRulePolicy"),
    *("resourcePolicy", "resourcePolicyDocument", "s3AccessPolicy", "value"),
)
_MASTER = "advancedSecurityOptions.masterUserOptions.masterUserARN"
_PRINCIPALS = ("aWSAccountId", "aWSAccountIds", "principal", "principals", _MASTER)
"""Where requests name principals beside, or in place of, a document."""
_NAMES = (
    *("repositoryName", "repository", "topicArn", "queueUrl", "queueName", "vaultName"),
    *("backupVaultName", "domainName", "domain", "fileSystemId", "resourceArn", "resourceARN"),
    *("clusterArn", "componentArn", "containerRecipeArn", "imageArn", "imageRecipeArn"),
    *("eventBusName", "containerName", "destinationName", "identity", "emailIdentity"),
    *("restApiId", "policyName", "name", "secretId", "bucketName"),
)
_IDENTIFYING = ("arn", "name", "id", "identifier")


def policies(event: Event) -> Iterator[Any]:
    """Yield the documents of a request, also the one that its other parameters amount to."""
    parameters = event.get("requestParameters")
    names = ("content",) if event.service == "organizations" else _DOCUMENTS
    yield from values(parameters, *names)
    yield {"Version": VERSION, "Statement": [*_statements(parameters)]}


def grants(event: Event) -> Iterator[Grant]:
    """Yield what a request gives to outsiders."""
    for document in policies(event):
        yield from external_grants(document, event)


def resource_of(event: Event) -> str:
    """Return the resource that a request is about, as far as its parameters name one."""
    named = event.request(*_NAMES)
    parameters = event.get("requestParameters")
    if named or not isinstance(parameters, Mapping):
        return named
    ids = (v for k, v in parameters.items() if str(k).lower().endswith(_IDENTIFYING))
    return next(filter(None, map(text_of, ids)), "")


def _statements(parameters: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the statements that requests without a document stand for, as AddPermission does."""
    for stated in (parameters, *listed(dig(parameters, "statements"))):
        named = [p for key in _PRINCIPALS for p in listed(dig(stated, key))]
        arns = [p.get("arn") if isinstance(p, Mapping) else p for p in named]
        if any(arns):
            yield {
                "Effect": text_of(dig(stated, "effect")) or "Allow",
                "Principal": {"AWS": [arn for arn in arns if arn]},
                "Action": listed(dig(stated, "action")),
                "Condition": _condition(stated),
            }


def _condition(stated: Any) -> Mapping[str, Any]:
    """Return a condition as policies write it, which EventBridge takes in three fields."""
    if organizations := listed(dig(stated, "principalOrgIDs")):
        return {"StringEquals": {"aws:PrincipalOrgID": organizations}}
    condition = dig(stated, "condition")
    if not isinstance(condition, Mapping):
        return {}
    operator, key = text_of(condition.get("type")), text_of(condition.get("key"))
    return {operator: {key: condition.get("value")}} if operator and key else condition
