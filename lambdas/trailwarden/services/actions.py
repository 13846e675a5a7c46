"""What an intruder does first in an account: looks around, takes secrets, makes things.

The rules that count and remember such calls share these lists. They leave out what deployments and
consoles ask all day, so that what has to be remembered stays little.
"""

SWEEPS = (
    "account:GetContactInformation",
    "apigateway:GetRestApis",
    "athena:ListWorkGroups",
    "autoscaling:DescribeAutoScalingGroups",
    "bedrock:ListFoundationModels",
    "ce:GetCostAndUsage",
    "cloudcontrolapi:ListResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStacks",
    "cloudfront:ListDistributions",
    "cloudtrail:DescribeTrails",
    "cloudtrail:ListTrails",
    "codebuild:ListProjects",
    "codecommit:ListRepositories",
    "cognito-idp:ListUserPools",
    "config:DescribeConfigurationRecorders",
    "config:SelectResourceConfig",
    "dynamodb:ListTables",
    "ec2:DescribeAddresses",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcs",
    "ecr:DescribeRepositories",
    "ecs:ListClusters",
    "ecs:ListTaskDefinitions",
    "eks:ListClusters",
    "elasticache:DescribeCacheClusters",
    "elasticbeanstalk:DescribeEnvironments",
    "elasticfilesystem:DescribeFileSystems",
    "elasticloadbalancing:DescribeLoadBalancers",
    "es:ListDomainNames",
    "events:ListRules",
    "glue:GetDatabases",
    "guardduty:ListDetectors",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:ListAccessKeys",
    "iam:ListAccountAliases",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListInstanceProfiles",
    "iam:ListMFADevices",
    "iam:ListOpenIDConnectProviders",
    "iam:ListPolicies",
    "iam:ListRoles",
    "iam:ListSAMLProviders",
    "iam:ListUserPolicies",
    "iam:ListUsers",
    "iam:ListVirtualMFADevices",
    "kinesis:ListStreams",
    "kms:ListAliases",
    "kms:ListKeys",
    "lambda:ListFunctions",
    "lightsail:GetInstances",
    "logs:DescribeLogGroups",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshots",
    "redshift:DescribeClusters",
    "resource-explorer-2:Search",
    "route53:ListHostedZones",
    "route53domains:ListDomains",
    "s3:ListBuckets",
    "sagemaker:ListNotebookInstances",
    "secretsmanager:ListSecrets",
    "securityhub:DescribeHub",
    "servicequotas:ListServiceQuotas",
    "ses:GetAccount",
    "ses:GetAccountSendingEnabled",
    "ses:GetSendQuota",
    "ses:ListEmailIdentities",
    "ses:ListIdentities",
    "sns:ListSubscriptions",
    "sns:ListTopics",
    "sqs:ListQueues",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeParameters",
    "sso:ListInstances",
    "states:ListStateMachines",
    "sts:GetCallerIdentity",
)
"""Calls that list what there is, of each service that is worth money or secrets."""

CREDENTIAL_CALLS = (
    "ec2:GetPasswordData",
    "ecr:GetAuthorizationToken",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:GetFederationToken",
)
"""Calls that hand out secrets."""

DATA_READS = (
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kms:Decrypt",
    "s3:GetObject",
    "s3:ListObjects",
    "sqs:ReceiveMessage",
)
"""Calls that read stored data, which hosts make through the endpoints of their VPC."""

MACHINE_WORK = (
    *DATA_READS,
    "bedrock:InvokeModel",
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "lambda:Invoke",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "s3:PutObject",
    "sns:Publish",
    "sqs:SendMessage",
    "sts:AssumeRole",
)
"""What machines do all day, and a thief with their credentials does, too."""
ESCALATION_CALLS = (
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    "ec2:AssociateIamInstanceProfile",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateUser",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "lambda:UpdateFunctionCode",
    "rolesanywhere:CreateTrustAnchor",
    "ssm:SendCommand",
    "ssm:StartSession",
)
"""Calls that gain permissions, a way back in, or a machine."""

EXPOSING_CALLS = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "rds:ModifyDBInstance",
    "rds:ModifyDBSnapshotAttribute",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutBucketReplication",
)
"""Calls that open something closed."""

CREATIONS = (
    "account:EnableRegion",
    "amplify:CreateApp",
    "apprunner:CreateService",
    "autoscaling:CreateAutoScalingGroup",
    "batch:CreateComputeEnvironment",
    "bedrock:PutFoundationModelEntitlement",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudfront:CreateDistribution",
    "codebuild:CreateProject",
    "ec2:CreateDefaultVpc",
    "ec2:CreateFleet",
    "ec2:CreateKeyPair",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateSecurityGroup",
    "ec2:CreateVpc",
    "ec2:ImportKeyPair",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ecs:CreateCluster",
    "ecs:CreateService",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "eks:CreateCluster",
    "elasticmapreduce:RunJobFlow",
    "gamelift:CreateFleet",
    "glue:CreateDevEndpoint",
    "lambda:CreateFunction",
    "lightsail:CreateInstances",
    "rds:CreateDBInstance",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTrainingJob",
    "ses:CreateEmailIdentity",
    "ses:VerifyDomainIdentity",
    "ses:VerifyEmailIdentity",
    "sns:SetSMSAttributes",
    "workspaces:CreateWorkspaces",
)
"""Calls that make what others pay for."""

GLOBAL_SERVICES = frozenset(
    {
        *("account", "artifact", "billing", "budgets", "ce", "chatbot", "cloudfront", "cur"),
        *("globalaccelerator", "health", "iam", "importexport", "networkmanager", "organizations"),
        *("pricing", "route53", "route53-recovery-control-config", "route53domains", "shield"),
        *("support", "tax", "trustedadvisor", "waf"),
    }
)
"""Services of which every request is recorded in one Region, wherever its caller works.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
"""

REGIONAL_CREATIONS = tuple(c for c in CREATIONS if c.partition(":")[0] not in GLOBAL_SERVICES)
"""Calls that make what others pay for, in the Region that the record tells."""

REGIONAL_WORK = (
    "apigateway:CreateDeployment",
    "autoscaling:StartInstanceRefresh",
    "autoscaling:UpdateAutoScalingGroup",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "dynamodb:UpdateTable",
    "ec2:CreateImage",
    "ec2:CreateSnapshot",
    "ec2:CreateSnapshots",
    "ec2:CreateVpcEndpoint",
    "ec2:RebootInstances",
    "ec2:StopInstances",
    "ecr:PutImage",
    "ecs:ExecuteCommand",
    "ecs:UpdateService",
    "eks:UpdateNodegroupVersion",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "rds:CreateDBSnapshot",
    "rds:ModifyDBInstance",
    "ssm:SendCommand",
    "ssm:StartSession",
    "states:UpdateStateMachine",
)
"""Calls that work on older things, and so show that their Region is in use."""

SENSITIVE_CALLS = tuple(sorted({*ESCALATION_CALLS, *EXPOSING_CALLS, *CREATIONS}))
"""Writes that matter wherever they come from."""

EXPLORED = frozenset(
    {
        *("apigateway", "apprunner", "cloudformation", "dynamodb", "ecr", "ecs", "lambda", "logs"),
        *("rds", "redshift", "s3", "sagemaker", "sns", "sqs", "states", "sts"),
    }
)
"""Services whose things the explorers of editors list as soon as a person opens them."""
