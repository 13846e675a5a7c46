"""What goes when the environment of a branch is torn down."""

from collections.abc import Iterator

from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company import pipelines
from trailwarden.scenario.company.changes import REFRESH
from trailwarden.scenario.company.telling import (
    Draw,
    call,
    tell,
)
from trailwarden.scenario.company.world import Account

DESTROY = (
    call("ecs:UpdateService", cluster="preview", service="app", desiredCount=0),
    call("ecs:DeleteService", cluster="preview", service="app"),
    call("ecs:DeregisterTaskDefinition", taskDefinition="preview:3"),
    call("ecs:DeleteCluster", cluster="preview"),
    call(
        "elasticloadbalancing:DeleteListener",
        listenerArn="arn:aws:elasticloadbalancing:{region}:{account}:listener/preview/1",
    ),
    call(
        "elasticloadbalancing:DeleteLoadBalancer",
        loadBalancerArn="arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/preview/1",
    ),
    call(
        "elasticloadbalancing:DeleteTargetGroup",
        targetGroupArn="arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/preview/1",
    ),
    *(call("lambda:DeleteFunction20150331", functionName=f"preview-{n}") for n in range(4)),
    *(call("logs:DeleteLogGroup", logGroupName=f"/preview/{n}") for n in range(6)),
    *(call("dynamodb:DeleteTable", tableName=f"preview-{n}") for n in range(3)),
    *(
        call(
            "sqs:DeleteQueue",
            queueUrl=f"https://sqs.{{region}}.amazonaws.com/{{account}}/preview-{n}",
        )
        for n in range(3)
    ),
    *(
        call("sns:DeleteTopic", topicArn=f"arn:aws:sns:{{region}}:{{account}}:preview-{n}")
        for n in range(2)
    ),
    call("events:RemoveTargets", rule="preview", ids=["app"]),
    call("events:DeleteRule", name="preview"),
    call("monitoring:DeleteAlarms", alarmNames=["preview-errors", "preview-latency"]),
    *(
        call("s3:DeleteBucket", bucketName=f"{{account}}-preview-{n}", Host="s3.amazonaws.com")
        for n in range(3)
    ),
    call(
        "rds:DeleteDBInstance",
        dBInstanceIdentifier="preview",
        skipFinalSnapshot=True,
        deleteAutomatedBackups=True,
    ),
    call("secretsmanager:DeleteSecret", secretId="preview/database", recoveryWindowInDays=7),
    call("kms:ScheduleKeyDeletion", keyId="{hex}", pendingWindowInDays=30),
    call(
        "ec2:DeleteFlowLogs",
        DeleteFlowLogsRequest={"FlowLogId": {"tag": 1, "content": "fl-0{hex}"}},
    ),
    *(call("ec2:DeleteSecurityGroup", groupId=f"{{group{n}}}") for n in range(4)),
    *(call("ec2:DeleteSubnet", subnetId=f"{{subnet{n}}}") for n in range(4)),
    call("ec2:DeleteNatGateway", DeleteNatGatewayRequest={"NatGatewayId": "nat-0{hex}"}),
    call("ec2:DeleteVpc", vpcId="{vpc}"),
    *(
        call(
            "iam:DetachRolePolicy",
            roleName=f"preview-{n}",
            policyArn="arn:aws:iam::{account}:policy/preview",
        )
        for n in range(4)
    ),
    *(call("iam:DeleteRole", roleName=f"preview-{n}") for n in range(4)),
    call("iam:DeletePolicy", policyArn="arn:aws:iam::{account}:policy/preview"),
)
"""The requests of `terraform destroy` for the environment of one branch."""


def tears_down(account: Account, draw: Draw, minute: float) -> Iterator[Record]:
    """The pipeline destroys the environment of a branch that was merged."""
    session, opened = pipelines.runner(account, "github-deploy", draw, minute)
    yield from opened
    yield from tell(session, REFRESH, draw, minute + 0.4, pace=0.7)
    yield from tell(session, DESTROY, draw, minute + 1.5, pace=4)
