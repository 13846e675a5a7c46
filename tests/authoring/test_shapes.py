"""Requests in stories are those that CloudTrail would record."""

from trailwarden.authoring.shapes import problems
from trailwarden.aws.api_models import shape_of
from trailwarden.cloudtrail.samples import Fields, refused, request


def test_a_misspelt_parameter_is_found() -> None:
    good: Fields = {"topicArn": "t", "label": "l", "aWSAccountId": ["1"], "actionName": ["Publish"]}
    assert list(problems([request("sns:AddPermission", **good)], shape_of)) == []
    bad: Fields = {**good, "awsAccountId": ["1"]}
    [problem] = problems([request("sns:AddPermission", **bad)], shape_of)
    assert "sns:AddPermission has no parameter awsAccountId" in problem


def test_a_parameter_that_is_required_is_missed() -> None:
    [problem] = problems([request("iam:CreateRole", roleName="r")], shape_of)
    assert "cannot come without assumeRolePolicyDocument" in problem


def test_refused_requests_and_services_unlike_their_models_pass() -> None:
    records = [
        refused("iam:CreateRole"),
        request("ec2:CreateFleet", CreateFleetRequest={}),
        request("s3:PutBucketPolicy", bucketName="b"),
        request("nothing:Known", x="y"),
    ]
    assert list(problems(records, shape_of)) == []
