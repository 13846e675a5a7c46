"""The programs of a cluster that act in AWS: their requests and their reads."""

from collections.abc import Sequence
from typing import NamedTuple

from trailwarden.scenario.company.telling import (
    GO_SDK,
    Call,
    call,
)


class Controller(NamedTuple):
    """A program of the cluster that acts in AWS."""

    role: str
    namespace: str
    user_agent: str
    daily: float
    stories: Sequence[Sequence[Call]]
    looks: Sequence[Call]
    """Requests that it repeats a hundred times a day."""


TAGGED = {
    "items": [
        {"resourceType": "instance", "tags": [{"key": "karpenter.sh/nodepool", "value": "default"}]}
    ]
}

KARPENTER = Controller(
    "KarpenterController",
    "kube-system",
    f"karpenter.sh-v1.5.0 {GO_SDK}",
    6,
    (
        (
            call("pricing:GetProducts", serviceCode="AmazonEC2"),
            call(
                "ssm:GetParameter",
                name="/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/arm64/standard/recommended/image_id",
            ),
            call(
                "ec2:CreateLaunchTemplate",
                CreateLaunchTemplateRequest={
                    "LaunchTemplateName": "karpenter.k8s.aws/{number}",
                    "LaunchTemplateData": {
                        "ImageId": "{image}",
                        "UserData": "<sensitiveDataRemoved>",
                    },
                },
            ),
            call(
                "ec2:CreateFleet",
                CreateFleetRequest={
                    "Type": "instant",
                    "TargetCapacitySpecification": {
                        "TotalTargetCapacity": 1,
                        "DefaultTargetCapacityType": "spot",
                    },
                    "LaunchTemplateConfigs": {
                        "LaunchTemplateSpecification": {
                            "LaunchTemplateName": "karpenter.k8s.aws/{number}"
                        },
                        "Overrides": {
                            "InstanceType": "m7g.xlarge",
                            "SubnetId": "{subnet}",
                            "tag": 1,
                        },
                        "tag": 1,
                    },
                },
                answer={"CreateFleetResponse": {"fleetId": "fleet-{hex}"}},
            ),
            call(
                "ec2:RunInstances",
                instancesSet={"items": [{"minCount": 1, "maxCount": 1, "imageId": "{image}"}]},
                instanceType="m7g.xlarge",
                subnetId="{subnet}",
                tagSpecificationSet=TAGGED,
                answer={
                    "instancesSet": {"items": [{"instanceId": "{instance}", "imageId": "{image}"}]}
                },
                fields={
                    "sourceIPAddress": "ec2fleet.amazonaws.com",
                    "userAgent": "ec2fleet.amazonaws.com",
                },
            ),
            call(
                "ec2:CreateTags",
                resourcesSet={"items": [{"resourceId": "{instance}"}]},
                tagSet={"items": [{"key": "Name", "value": "default"}]},
            ),
        ),
        (
            call("ec2:TerminateInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),
            call(
                "ec2:DeleteLaunchTemplate",
                DeleteLaunchTemplateRequest={"LaunchTemplateName": "karpenter.k8s.aws/{number}"},
            ),
        ),
    ),
    (
        call("ec2:DescribeInstanceTypes", maxResults=100),
        call("ec2:DescribeInstanceTypeOfferings"),
        call("ec2:DescribeSubnets"),
        call("ec2:DescribeSecurityGroups", maxResults=1000),
        call("ec2:DescribeSpotPriceHistory"),
        call("eks:DescribeCluster", name="main"),
        call("iam:GetInstanceProfile", instanceProfileName="main-nodes"),
    ),
)

DISKS = Controller(
    "AmazonEKS_EBS_CSI_Driver",
    "kube-system",
    f"ebs-csi-controller/v1.44.0 {GO_SDK}",
    5,
    (
        (
            call(
                "ec2:CreateVolume",
                size="20",
                zone="{region}a",
                volumeType="gp3",
                encrypted=True,
                answer={"volumeId": "{volume}", "size": "20", "encrypted": True},
            ),
            call(
                "ec2:AttachVolume",
                volumeId="{volume}",
                instanceId="{instance}",
                device="/dev/xvdaa",
            ),
        ),
        (
            call("ec2:DetachVolume", volumeId="{volume}", instanceId="{instance}"),
            call("ec2:DeleteVolume", volumeId="{volume}"),
        ),
        (call("ec2:CreateSnapshot", volumeId="{volume}", answer={"snapshotId": "{snapshot}"}),),
    ),
    (call("ec2:DescribeVolumes", maxResults=500), call("ec2:DescribeAvailabilityZones")),
)

BALANCERS = Controller(
    "AWSLoadBalancerController",
    "kube-system",
    f"elbv2.k8s.aws/v2.13.3 {GO_SDK}",
    4,
    (
        (
            call(
                "ec2:CreateSecurityGroup",
                groupName="k8s-traffic-{number}",
                groupDescription="[k8s] backend",
                vpcId="{vpc}",
            ),
            call(
                "ec2:AuthorizeSecurityGroupIngress",
                groupId="{group}",
                ipPermissions={
                    "items": [
                        {
                            "ipProtocol": "tcp",
                            "fromPort": 443,
                            "toPort": 443,
                            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                        }
                    ]
                },
            ),
            call(
                "elasticloadbalancing:CreateLoadBalancer",
                name="k8s-{number}",
                scheme="internet-facing",
                type="application",
                securityGroups=["{group}"],
                subnets=["{subnet}", "{subnet2}"],
            ),
            call(
                "elasticloadbalancing:CreateTargetGroup",
                name="k8s-{number}",
                port=8080,
                protocol="HTTP",
                vpcId="{vpc}",
            ),
            call(
                "elasticloadbalancing:CreateListener",
                loadBalancerArn="arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/k8s/{number}",
                port=443,
                protocol="HTTPS",
                sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
                defaultActions=[{"type": "forward"}],
            ),
        ),
        (
            call(
                "elasticloadbalancing:ModifyRule",
                ruleArn="arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/app/k8s/{number}",
                conditions=[{"field": "path-pattern", "values": ["/api/*"]}],
            ),
        ),
        (
            call(
                "elasticloadbalancing:RegisterTargets",
                targetGroupArn="arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/k8s/{number}",
                targets=[{"id": "10.0.3.17", "port": 8080}],
            ),
        ),
    ),
    (
        call(
            "elasticloadbalancing:DescribeTargetHealth",
            targetGroupArn="arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/k8s/1",
        ),
        call("elasticloadbalancing:DescribeLoadBalancers"),
        call(
            "wafv2:GetWebACLForResource",
            resourceArn="arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/k8s/1",
        ),
        call("ec2:DescribeSecurityGroups", maxResults=1000),
    ),
)

NAMES = Controller(
    "external-dns",
    "external-dns",
    f"ExternalDNS/v0.17.0 {GO_SDK}",
    2,
    (
        (
            call(
                "route53:ChangeResourceRecordSets",
                hostedZoneId="Z0123456789ABCDEFGHIJ",
                changeBatch={
                    "changes": [
                        {
                            "action": "UPSERT",
                            "resourceRecordSet": {"name": "app-{number}.example.com", "type": "A"},
                        }
                    ]
                },
            ),
        ),
    ),
    (
        call("route53:ListHostedZones"),
        call("route53:ListResourceRecordSets", hostedZoneId="Z0123456789ABCDEFGHIJ"),
    ),
)

SECRETS = Controller(
    "external-secrets",
    "external-secrets",
    f"external-secrets/v0.18.0 {GO_SDK}",
    15,
    (
        tuple(
            call("secretsmanager:GetSecretValue", secretId=f"app/{name}")
            for name in (
                "database",
                "queue",
                "search",
                "payment",
                "mail",
                "maps",
                "cache",
                "tokens",
            )
        ),
    ),
    (call("ssm:GetParameter", name="/app/flags", withDecryption=True),),
)

CONTROLLERS = (KARPENTER, DISKS, BALANCERS, NAMES, SECRETS)
