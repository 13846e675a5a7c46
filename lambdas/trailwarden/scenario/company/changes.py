"""What deployments ask, make, change and destroy, module by module."""

from trailwarden.cloudtrail import samples
from trailwarden.scenario.company.telling import (
    call,
)

REFRESH = (
    call("sts:GetCallerIdentity"),
    call("ec2:DescribeVpcs"),
    call("ec2:DescribeSubnets"),
    call("ec2:DescribeRouteTables"),
    call("ec2:DescribeSecurityGroups", maxResults=1000),
    call("ec2:DescribeNetworkAcls"),
    call("ec2:DescribeAddresses"),
    call("iam:GetRole", roleName="service"),
    call("iam:ListRolePolicies", roleName="service"),
    call("iam:ListAttachedRolePolicies", roleName="service"),
    call("iam:GetPolicy", policyArn="arn:aws:iam::{account}:policy/service"),
    call("iam:GetPolicyVersion", policyArn="arn:aws:iam::{account}:policy/service", versionId="v3"),
    call("iam:ListInstanceProfilesForRole", roleName="service"),
    call(
        "iam:GetOpenIDConnectProvider",
        openIDConnectProviderArn="arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com",
    ),
    call("s3:GetBucketPolicy", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketAcl", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketVersioning", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketEncryption", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketLogging", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("kms:DescribeKey", keyId="alias/app"),
    call("kms:GetKeyPolicy", keyId="alias/app", policyName="default"),
    call("kms:GetKeyRotationStatus", keyId="alias/app"),
    call("kms:ListAliases"),
    call("logs:DescribeLogGroups", logGroupNamePrefix="/app"),
    call("lambda:GetFunction20150331v2", functionName="app-intake"),
    call("lambda:ListVersionsByFunction20150331", functionName="app-intake"),
    call("lambda:GetPolicy20150331v2", functionName="app-intake"),
    call("dynamodb:DescribeTable", tableName="orders"),
    call("dynamodb:DescribeContinuousBackups", tableName="orders"),
    call("rds:DescribeDBInstances", dBInstanceIdentifier="orders"),
    call("rds:DescribeDBSubnetGroups"),
    call("secretsmanager:DescribeSecret", secretId="app/database"),
    call("secretsmanager:GetSecretValue", secretId="app/database"),
    call("secretsmanager:GetResourcePolicy", secretId="app/database"),
    call("ssm:GetParameter", name="/app/version", withDecryption=True),
    call("ecs:DescribeServices", cluster="app", services=["app"]),
    call("ecs:DescribeTaskDefinition", taskDefinition="app:17"),
    call("route53:GetHostedZone", id="Z0123456789ABCDEFGHIJ"),
    call("route53:ListResourceRecordSets", hostedZoneId="Z0123456789ABCDEFGHIJ"),
    call(
        "acm:DescribeCertificate", certificateArn="arn:aws:acm:{region}:{account}:certificate/app"
    ),
    call("sqs:GetQueueAttributes", queueUrl="https://sqs.{region}.amazonaws.com/{account}/app"),
    call("sns:GetTopicAttributes", topicArn="arn:aws:sns:{region}:{account}:app"),
    call("monitoring:DescribeAlarms", alarmNames=["app-errors"]),
    call("wafv2:GetWebACL", name="app", scope="REGIONAL", id="1234"),
    call("cloudtrail:DescribeTrails", trailNameList=[]),
)
"""What a plan asks before it changes anything."""

EC2_TRUST = samples.trust({"Service": "ec2.amazonaws.com"})

LAMBDA_TRUST = samples.trust({"Service": "lambda.amazonaws.com"})

SERVICE_POLICY = samples.policy(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::app-data/*")

TLS_ONLY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::{account}-{number}", "arn:aws:s3:::{account}-{number}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}

NEW_ROLE = (
    call(
        "iam:CreateRole",
        roleName="service-{number}",
        assumeRolePolicyDocument=EC2_TRUST,
        maxSessionDuration=3600,
        answer={
            "role": {
                "roleName": "service-{number}",
                "arn": "arn:aws:iam::{account}:role/service-{number}",
            }
        },
    ),
    call("iam:CreatePolicy", policyName="service-{number}", policyDocument=SERVICE_POLICY),
    call(
        "iam:AttachRolePolicy",
        roleName="service-{number}",
        policyArn="arn:aws:iam::{account}:policy/service-{number}",
    ),
    call("iam:CreateInstanceProfile", instanceProfileName="service-{number}"),
    call(
        "iam:AddRoleToInstanceProfile",
        instanceProfileName="service-{number}",
        roleName="service-{number}",
    ),
)

CHANGED_POLICY = (
    call(
        "iam:CreatePolicyVersion",
        policyArn="arn:aws:iam::{account}:policy/service",
        policyDocument=SERVICE_POLICY,
        setAsDefault=True,
    ),
    call(
        "iam:DeletePolicyVersion", policyArn="arn:aws:iam::{account}:policy/service", versionId="v2"
    ),
)

NEW_BUCKET = (
    call("s3:CreateBucket", bucketName="{account}-{number}", Host="s3.{region}.amazonaws.com"),
    call(
        "s3:PutBucketPublicAccessBlock",
        bucketName="{account}-{number}",
        publicAccessBlock="",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
        Host="s3.amazonaws.com",
    ),
    call(
        "s3:PutBucketPolicy",
        bucketName="{account}-{number}",
        bucketPolicy=TLS_ONLY,
        policy="",
        Host="s3.amazonaws.com",
    ),
    call(
        "s3:PutBucketLifecycle",
        bucketName="{account}-{number}",
        lifecycle="",
        LifecycleConfiguration={
            "Rule": {
                "ID": "old",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "Expiration": {"Days": 90},
            }
        },
        Host="s3.amazonaws.com",
    ),
)

NEW_GROUP = (
    call(
        "ec2:CreateSecurityGroup", groupName="app-{number}", groupDescription="app", vpcId="{vpc}"
    ),
    call(
        "ec2:AuthorizeSecurityGroupIngress",
        groupId="{group}",
        ipPermissions={
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 5432,
                    "toPort": 5432,
                    "ipRanges": {"items": [{"cidrIp": "10.0.0.0/16"}]},
                }
            ]
        },
    ),
    call(
        "ec2:RevokeSecurityGroupEgress",
        groupId="{group}",
        ipPermissions={
            "items": [{"ipProtocol": "-1", "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]
        },
    ),
    call(
        "ec2:CreateTags",
        resourcesSet={"items": [{"resourceId": "{group}"}]},
        tagSet={"items": [{"key": "team", "value": "app"}]},
    ),
)

NEW_CODE = (
    call(
        "lambda:UpdateFunctionCode20150331v2",
        functionName="app-intake",
        s3Bucket="{account}-releases",
        s3Key="{hex}.zip",
        dryRun=False,
        publish=True,
    ),
    call(
        "lambda:UpdateAlias20150331", functionName="app-intake", name="live", functionVersion="18"
    ),
    call("lambda:UpdateFunctionConfiguration20150331v2", functionName="app-intake", memorySize=512),
)

NEW_TASKS = (
    call(
        "ecs:RegisterTaskDefinition",
        family="app",
        containerDefinitions=[
            {"name": "app", "image": "{account}.dkr.ecr.{region}.amazonaws.com/app:{number}"}
        ],
        taskRoleArn="arn:aws:iam::{account}:role/app-task",
        executionRoleArn="arn:aws:iam::{account}:role/app-execution",
    ),
    call("ecs:UpdateService", cluster="app", service="app", taskDefinition="app:18"),
)

NEW_ALARM = (
    call(
        "monitoring:PutMetricAlarm",
        alarmName="app-errors-{number}",
        metricName="Errors",
        namespace="AWS/Lambda",
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=3,
        threshold=5,
        alarmActions=["arn:aws:sns:{region}:{account}:app"],
    ),
    call("logs:CreateLogGroup", logGroupName="/app/{number}"),
    call("logs:PutRetentionPolicy", logGroupName="/app/{number}", retentionInDays=90),
)

NEW_QUEUE = (
    call("sqs:CreateQueue", queueName="app-{number}", attributes={"KmsMasterKeyId": "alias/app"}),
    call(
        "sns:Subscribe",
        topicArn="arn:aws:sns:{region}:{account}:app",
        protocol="sqs",
        endpoint="arn:aws:sqs:{region}:{account}:app-{number}",
    ),
    call("events:PutRule", name="app-{number}", eventPattern='{"source":["app"]}', state="ENABLED"),
    call(
        "events:PutTargets",
        rule="app-{number}",
        targets=[{"id": "app", "arn": "arn:aws:sqs:{region}:{account}:app-{number}"}],
    ),
)

NEW_SECRET = (
    call(
        "kms:CreateKey",
        description="app",
        keyUsage="ENCRYPT_DECRYPT",
        answer={"keyMetadata": {"keyId": "{hex}"}},
    ),
    call("kms:EnableKeyRotation", keyId="{hex}"),
    call("secretsmanager:CreateSecret", name="app/{number}", kmsKeyId="{hex}"),
    call("secretsmanager:PutSecretValue", secretId="app/{number}"),
)

NEW_DATABASE = (
    call(
        "rds:ModifyDBInstance",
        dBInstanceIdentifier="orders",
        allocatedStorage=200,
        applyImmediately=False,
    ),
    call(
        "rds:ModifyDBParameterGroup",
        dBParameterGroupName="orders",
        parameters=[{"parameterName": "work_mem"}],
    ),
    call("dynamodb:UpdateTable", tableName="orders", billingMode="PAY_PER_REQUEST"),
)

NEW_ROUTE = (
    call(
        "route53:ChangeResourceRecordSets",
        hostedZoneId="Z0123456789ABCDEFGHIJ",
        changeBatch={
            "changes": [
                {"action": "UPSERT", "resourceRecordSet": {"name": "app.example.com", "type": "A"}}
            ]
        },
    ),
    call(
        "elasticloadbalancing:ModifyListener",
        listenerArn="arn:aws:elasticloadbalancing:{region}:{account}:listener/app/1",
        sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    ),
    call(
        "cloudfront:UpdateDistribution",
        id="E1EXAMPLE",
        distributionConfig={
            "enabled": True,
            "comment": "app",
            "webACLId": "arn:aws:wafv2:us-east-1:{account}:global/webacl/app/1",
        },
    ),
)

MODULES = (
    *(NEW_ROLE, CHANGED_POLICY, NEW_BUCKET, NEW_GROUP, NEW_CODE, NEW_CODE, NEW_TASKS, NEW_TASKS),
    *(NEW_ALARM, NEW_QUEUE, NEW_SECRET, NEW_DATABASE, NEW_ROUTE),
)

NEW_FUNCTION = (
    call(
        "iam:CreateRole",
        roleName="app-Function{number}",
        assumeRolePolicyDocument=LAMBDA_TRUST,
        answer={
            "role": {
                "roleName": "app-Function{number}",
                "arn": "arn:aws:iam::{account}:role/app-Function{number}",
            }
        },
    ),
    call(
        "iam:AttachRolePolicy",
        roleName="app-Function{number}",
        policyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ),
    call(
        "iam:PutRolePolicy",
        roleName="app-Function{number}",
        policyName="Default",
        policyDocument=SERVICE_POLICY,
    ),
    call(
        "lambda:CreateFunction20150331",
        functionName="app-Function{number}",
        role="arn:aws:iam::{account}:role/app-Function{number}",
        runtime="python3.13",
        handler="app.main",
        code={},
    ),
    call(
        "lambda:AddPermission20150331v2",
        functionName="app-Function{number}",
        statementId="api",
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        sourceArn="arn:aws:execute-api:{region}:{account}:api/*",
    ),
)

STACKS = (NEW_CODE, NEW_CODE, NEW_FUNCTION, NEW_ALARM, NEW_QUEUE, NEW_BUCKET, CHANGED_POLICY)
