"""What the console asks when one of its pages is opened."""

from trailwarden.cloudtrail.samples import Fields
from trailwarden.scenario.company.telling import Call, call

SOME: Fields = {"maxResults": 1000, "filterSet": {}}


def _list(*actions: str) -> tuple[Call, ...]:
    return tuple(call(action) for action in actions)


HOME = _list(
    "notifications:ListNotificationHubs",
    "health:DescribeEventAggregates",
    "ce:GetCostAndUsage",
    "ce:GetCostForecast",
    "servicecatalog-appregistry:ListApplications",
    "securityhub:DescribeHub",
    "ec2:DescribeRegions",
    "iam:ListAccountAliases",
)
EC2 = (
    call("ec2:DescribeInstances", instancesSet={}, **SOME),
    call("ec2:DescribeInstanceStatus", instancesSet={}, includeAllInstances=True, **SOME),
    call("ec2:DescribeVolumes", **SOME),
    call("ec2:DescribeSnapshots", ownersSet={"items": [{"owner": "self"}]}, **SOME),
    call("ec2:DescribeAddresses"),
    call("ec2:DescribeKeyPairs"),
    call("ec2:DescribeSecurityGroups", maxResults=1000),
    call("ec2:DescribeAccountAttributes"),
    call("ec2:DescribeHosts"),
    call("ec2:DescribeCapacityReservations"),
    *_list(
        "elasticloadbalancing:DescribeLoadBalancers",
        "autoscaling:DescribeAutoScalingGroups",
        "monitoring:DescribeAlarms",
        "compute-optimizer:GetEnrollmentStatus",
    ),
)
LAMBDA = _list(
    "lambda:GetAccountSettings20160819",
    "lambda:ListFunctions20150331",
    "monitoring:GetMetricData",
    "iam:ListRoles",
    "kms:ListAliases",
    "ec2:DescribeVpcs",
)
LOGS = (
    *_list(
        "logs:DescribeLogGroups", "logs:DescribeQueryDefinitions", "logs:ListLogAnomalyDetectors"
    ),
    call("logs:DescribeLogStreams", logGroupName="/app"),
    call("logs:GetLogEvents", logGroupName="/app", logStreamName="app"),
)
S3 = (
    call("s3:ListBuckets", Host="s3.amazonaws.com"),
    call("s3:GetBucketLocation", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketPolicyStatus", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketPublicAccessBlock", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketAcl", bucketName="{account}-data", Host="s3.amazonaws.com"),
    *_list("s3:GetStorageLensConfiguration", "access-analyzer:ListAnalyzers"),
)
DATABASES = _list(
    "rds:DescribeDBInstances",
    "rds:DescribeDBClusters",
    "rds:DescribeDBSnapshots",
    "rds:DescribeEvents",
    "rds:DescribeAccountAttributes",
    "dynamodb:ListTables",
    "dynamodb:DescribeLimits",
    "elasticache:DescribeCacheClusters",
)
SECRETS = (
    *_list("secretsmanager:ListSecrets", "kms:ListAliases", "kms:ListKeys"),
    call("secretsmanager:DescribeSecret", secretId="app/database"),
)
STACKS = (
    *_list("cloudformation:ListStacks", "cloudformation:DescribeAccountLimits"),
    call("cloudformation:DescribeStacks", stackName="app"),
    call("cloudformation:ListStackResources", stackName="app"),
    call("cloudformation:DescribeStackEvents", stackName="app"),
)
IAM = _list(
    "iam:GetAccountSummary",
    "iam:ListAccountAliases",
    "iam:ListUsers",
    "iam:ListGroups",
    "iam:ListRoles",
    "iam:ListPolicies",
    "iam:GetAccountPasswordPolicy",
    "iam:ListMFADevices",
    "iam:ListSAMLProviders",
    "iam:ListOpenIDConnectProviders",
    "access-analyzer:ListAnalyzers",
)
TRAIL = (
    call("cloudtrail:DescribeTrails", trailNameList=[], includeShadowTrails=True),
    call("cloudtrail:LookupEvents", maxResults=50),
    *_list("cloudtrail:ListEventDataStores", "cloudtrail:ListTrails"),
)
SECURITY = _list(
    "securityhub:GetFindings",
    "securityhub:DescribeHub",
    "securityhub:GetEnabledStandards",
    "guardduty:ListDetectors",
    "inspector2:ListFindings",
    "config:DescribeConfigurationRecorders",
    "config:DescribeComplianceByConfigRule",
)
ORGANIZATION = _list(
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListRoots",
    "organizations:ListDelegatedAdministrators",
    "sso:ListInstances",
    "controltower:ListLandingZones",
)
BILLING = _list(
    "billing:ListBillingViews",
    "payments:ListPaymentPreferences",
    "invoicing:ListInvoiceSummaries",
    "tax:ListTaxRegistrations",
    "budgets:DescribeBudgets",
    "freetier:GetFreeTierUsage",
)
COST = _list(
    "ce:GetCostAndUsage",
    "ce:GetCostForecast",
    "ce:GetDimensionValues",
    "ce:GetReservationUtilization",
    "ce:ListCostAllocationTags",
    "savingsplans:DescribeSavingsPlans",
    "compute-optimizer:GetRecommendationSummaries",
)
DATA = _list(
    "glue:GetDatabases",
    "athena:ListWorkGroups",
    "athena:ListDataCatalogs",
    "athena:ListNamedQueries",
    "quicksight:ListDashboards",
    "redshift:DescribeClusters",
)
