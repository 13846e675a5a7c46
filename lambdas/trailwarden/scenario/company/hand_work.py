"""What people ask and change by hand."""

from collections.abc import Sequence

from trailwarden.cloudtrail import samples
from trailwarden.scenario.company.telling import (
    Call,
    call,
)

ON_THE_COMMAND_LINE = (
    call("sts:GetCallerIdentity"),
    call("ec2:DescribeInstances", maxResults=1000, filterSet={}, instancesSet={}),
    call("eks:DescribeCluster", name="main"),
    call("ecs:ListServices", cluster="app"),
    call("ecs:DescribeServices", cluster="app", services=["app"]),
    call("logs:FilterLogEvents", logGroupName="/app", filterPattern="ERROR"),
    call("logs:DescribeLogStreams", logGroupName="/app"),
    call("s3:ListBuckets", Host="s3.amazonaws.com"),
    call("cloudformation:DescribeStacks", stackName="app"),
    call("lambda:GetFunction20150331v2", functionName="app-intake"),
    call("ecr:GetAuthorizationToken"),
    call("ssm:GetParameter", name="/app/flags", withDecryption=True),
    call("rds:DescribeDBInstances"),
    call("dynamodb:DescribeTable", tableName="orders"),
)

OWN_ADDRESS = {
    "items": [
        {
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "ipRanges": {"items": [{"cidrIp": "203.0.113.10/32", "description": "office"}]},
        }
    ]
}

READING = (
    (
        call(
            "logs:StartQuery",
            logGroupName="/app",
            queryString="filter @message like /ERROR/",
            startTime=1,
            endTime=2,
        ),
        call("logs:GetQueryResults", queryId="{hex}"),
    ),
    (call("cloudtrail:LookupEvents", maxResults=50),),
)
"""What the permission set of readers lets people do: no shell, and no secret."""

LOOKING_CLOSER = (
    *READING,
    (call("secretsmanager:GetSecretValue", secretId="app/database"),),
    (
        call("ssm:StartSession", target="{instance}", answer={"sessionId": "session-{number}"}),
        call("ssm:TerminateSession", sessionId="session-{number}"),
    ),
    (
        call(
            "ecs:ExecuteCommand",
            cluster="app",
            task="{task}",
            container="app",
            command="/bin/sh",
            interactive=True,
        ),
    ),
)

OPERATION = (
    (
        call(
            "rds:CreateDBSnapshot",
            dBSnapshotIdentifier="before-{number}",
            dBInstanceIdentifier="orders",
        ),
        call("rds:RebootDBInstance", dBInstanceIdentifier="orders"),
    ),
    (call("ecs:UpdateService", cluster="app", service="app", forceNewDeployment=True),),
    (
        call("monitoring:DisableAlarmActions", alarmNames=["app-errors"]),
        call("monitoring:EnableAlarmActions", alarmNames=["app-errors"]),
    ),
    (call("autoscaling:SetDesiredCapacity", autoScalingGroupName="app", desiredCapacity=4),),
    (call("ec2:RebootInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),),
    (call("lambda:UpdateFunctionConfiguration20150331v2", functionName="app-intake", timeout=30),),
    (call("cloudformation:ContinueUpdateRollback", stackName="app"),),
)

TRYING_OUT = (
    *LOOKING_CLOSER * 4,
    (
        call(
            "ec2:RunInstances",
            instancesSet={
                "items": [{"minCount": 1, "maxCount": 1, "imageId": "{image}", "keyName": "dev"}]
            },
            instanceType="t3.medium",
            answer={
                "instancesSet": {"items": [{"instanceId": "{instance}", "imageId": "{image}"}]}
            },
        ),
        call("ec2:AuthorizeSecurityGroupIngress", groupId="{group}", ipPermissions=OWN_ADDRESS),
        call("ec2:TerminateInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),
    ),
    (call("ec2:CreateKeyPair", keyName="dev-{number}"),),
    (
        call("s3:CreateBucket", bucketName="try-{number}", Host="s3.{region}.amazonaws.com"),
        call("s3:DeleteBucket", bucketName="try-{number}", Host="s3.{region}.amazonaws.com"),
    ),
    (
        call(
            "lambda:UpdateFunctionCode20150331v2",
            functionName="app-intake",
            publish=False,
            dryRun=False,
        ),
        call(
            "lambda:UpdateFunctionConfiguration20150331v2",
            functionName="app-intake",
            environment={},
        ),
        call("lambda:Invoke", functionName="app-intake"),
    ),
    (
        call(
            "iam:CreateRole",
            roleName="try-{number}",
            assumeRolePolicyDocument=samples.trust({"Service": "lambda.amazonaws.com"}),
        ),
        call(
            "iam:PutRolePolicy",
            roleName="try-{number}",
            policyName="try",
            policyDocument=samples.policy("dynamodb:*", "arn:aws:dynamodb:*:*:table/orders"),
        ),
    ),
    (
        call(
            "iam:AttachRolePolicy",
            roleName="app-task",
            policyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        ),
    ),
    (call("secretsmanager:PutSecretValue", secretId="app/database"),),
    (
        call(
            "cloudformation:CreateStack", stackName="try-{number}", capabilities=["CAPABILITY_IAM"]
        ),
        call("cloudformation:DeleteStack", stackName="try-{number}"),
    ),
    (
        call(
            "dynamodb:CreateTable",
            tableName="try-{number}",
            billingMode="PAY_PER_REQUEST",
            keySchema=[],
            attributeDefinitions=[],
        ),
        call("dynamodb:DeleteTable", tableName="try-{number}"),
    ),
    (
        call("ec2:DeleteVolume", volumeId="{volume}"),
        call("ec2:DeleteSnapshot", snapshotId="{snapshot}"),
    ),
    (call("logs:DeleteLogGroup", logGroupName="/aws/lambda/try-{number}"),),
    (
        call(
            "ssm:SendCommand",
            documentName="AWS-RunShellScript",
            instanceIds=["{instance}"],
            parameters="HIDDEN_DUE_TO_SECURITY_REASONS",
        ),
    ),
    (
        call(
            "ec2:RunInstances",
            fields={
                "errorCode": "Client.UnauthorizedOperation",
                "errorMessage": "You are not authorized to perform this operation.",
                "responseElements": None,
            },
            instancesSet={"items": [{"minCount": 1, "maxCount": 1, "imageId": "{image}"}]},
            instanceType="m7i.24xlarge",
        ),
    ),
    (call("bedrock:InvokeModel", modelId="anthropic.claude-sonnet-4-20250514-v1:0"),),
)

ANALYSIS: Sequence[Call] = (
    call(
        "athena:StartQueryExecution",
        queryString="HIDDEN_DUE_TO_SECURITY_REASONS",
        workGroup="primary",
        answer={"queryExecutionId": "{hex}"},
    ),
    call("athena:GetQueryExecution", queryExecutionId="{hex}"),
    call("athena:GetQueryResults", queryExecutionId="{hex}"),
    call("glue:GetTables", databaseName="lake"),
)

ADMINISTRATION = (
    (
        call(
            "sso:CreateAccountAssignment",
            instanceArn="arn:aws:sso:::instance/ssoins-1234567890abcdef",
            targetId="{account}",
            targetType="AWS_ACCOUNT",
            permissionSetArn="arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-readonly",
            principalType="GROUP",
            principalId="{hex}",
        ),
    ),
    (
        call(
            "servicequotas:RequestServiceQuotaIncrease",
            serviceCode="ec2",
            quotaCode="L-1216C47A",
            desiredValue=512,
        ),
    ),
    (
        call("support:CreateCase", subject="Question", communicationBody="HIDDEN"),
        call("support:DescribeCases"),
    ),
    (
        call(
            "budgets:ModifyBudget",
            accountId="{account}",
            budget={"budgetName": "team", "budgetLimit": {"amount": "900"}},
        ),
    ),
    (
        call(
            "organizations:TagResource",
            resourceId="{account}",
            tags=[{"key": "owner", "value": "team"}],
        ),
    ),
    (call("iam:CreateServiceLinkedRole", aWSServiceName="spot.amazonaws.com"),),
    (
        call("cloudtrail:LookupEvents", maxResults=50),
        call("cloudtrail:LookupEvents", maxResults=50),
    ),
    (
        call(
            "ec2:CreateVpcEndpoint",
            CreateVpcEndpointRequest={"VpcId": "{vpc}", "ServiceName": "com.amazonaws.{region}.s3"},
        ),
    ),
    (
        call(
            "route53:ChangeResourceRecordSets",
            hostedZoneId="Z0123456789ABCDEFGHIJ",
            changeBatch={
                "changes": [
                    {
                        "action": "CREATE",
                        "resourceRecordSet": {"name": "new.example.com", "type": "CNAME"},
                    }
                ]
            },
        ),
    ),
)
