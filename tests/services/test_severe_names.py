"""Names tell severe acts, also of services that no list knows, and leave everyday acts alone."""

import pytest

from trailwarden.services.severe_acts import SEVERE_ACTS
from trailwarden.services.severe_names import is_listed, sounds_severe

SEVERE = (
    *("dsql:DeleteCluster", "fsx:DeleteBackup", "connect:DeleteInstance", "iam:DeleteUser"),
    *("workspaces:TerminateWorkspaces", "organizations:CloseAccount", "ec2:DeleteVpcEndpoints"),
    *("identitystore:CreateGroupMembership", "cognito-idp:AdminSetUserPassword"),
    *("eks:AssociateAccessPolicy", "sso:CreatePermissionSet", "iam:UploadSigningCertificate"),
    *("monitoring:DeleteAlarms", "monitoring:DisableAlarmActions", "redshift:DisableLogging"),
    *("wafv2:DisassociateWebACL", "s3:PutBucketEncryption", "macie2:DisassociateMember"),
    *("ssm:SendCommand", "lambda:UpdateFunctionCode", "someday:DeleteVault"),
)
EVERYDAY = (
    *("sqs:TagQueue", "ec2:DeleteTags", "kinesis:RemoveTagsFromStream", "ec2:DeleteRouteTable"),
    *("autoscaling:PutScalingPolicy", "cloudfront:CreateCachePolicy", "lambda:CreateFunction"),
    *("dms:DeleteEventSubscription", "ec2:CreateSnapshot", "rds:DescribeDBInstances"),
    *("ecr:PutLifecyclePolicy", "elasticloadbalancing:DeleteRule", "iam:DeleteRole"),
)


@pytest.mark.parametrize("action", SEVERE)
def test_a_name_tells_a_severe_act(action: str) -> None:
    assert sounds_severe(action)


@pytest.mark.parametrize("action", EVERYDAY)
def test_an_everyday_act_is_left_alone(action: str) -> None:
    assert not sounds_severe(action)
    assert not is_listed(action)


def test_what_is_listed_is_known() -> None:
    assert all(map(is_listed, SEVERE_ACTS))
