"""What the guard's EventBridge rules match, by every name that a request can give a resource."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.matching import lets_through
from tests.infra.naming import CUTS, KEY_ID, LONGEST, Cut, Deployment
from tests.infra.templates import ACCOUNT, REGION, Resources, of_type
from trailwarden.cloudtrail.samples import iam_user, record

Deployments = Callable[[str], Deployment]
Names = Iterator[tuple[str, dict[str, Any]]]
"""Actions with the parameters of their requests."""

MALLORY = iam_user("mallory")
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"


@pytest.fixture(params=CUTS)
def deployment(request: pytest.FixtureRequest, longest: Deployments) -> Deployment:
    """Give the layout of a trail of our own, whose names are cut in one way or the other."""
    cut: Cut = request.param
    return Deployment(longest("own").found, LONGEST, cut)


def guarded(
    deployment: Deployment, action: str, parameters: dict[str, Any], address: str = ""
) -> bool:
    """Say whether a request of mallory's matches a rule of the guard."""
    request = record(action, MALLORY, requestParameters=parameters)
    detail = {**request, "sourceIPAddress": address or request["sourceIPAddress"]}
    service = action.partition(":")[0]
    event = {
        "source": f"aws.{service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": detail,
    }
    return any(lets_through(pattern, event) for pattern in deployment.patterns("Guard").values())


def functions(deployment: Deployment) -> Names:
    for name in deployment.names("Lambda::Function"):
        partial = f"{ACCOUNT}:function:{name}"
        arn = f"arn:aws:lambda:{REGION}:{partial}"
        for given in (name, partial, f"function:{name}", arn, f"{name}:$LATEST", f"{arn}:$LATEST"):
            for action in ("DeleteFunction20150331", "PutFunctionConcurrency20171031"):
                yield f"lambda:{action}", {"functionName": given}


def queues(deployment: Deployment) -> Names:
    for name in deployment.names("SQS::Queue"):
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        new = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        old = f"https://{REGION}.queue.amazonaws.com/{ACCOUNT}/{name}"
        for given in (name, new, old, arn):
            for action in ("DeleteQueue", "PurgeQueue", "SetQueueAttributes"):
                yield f"sqs:{action}", {"queueUrl": given}


def topics(deployment: Deployment) -> Names:
    for name in deployment.names("SNS::Topic"):
        for given in (name, f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"):
            for action in ("DeleteTopic", "SetTopicAttributes"):
                yield f"sns:{action}", {"topicArn": given}


def tables(deployment: Deployment) -> Names:
    for name in deployment.names("DynamoDB::Table"):
        for given in (name, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"):
            for action in ("DeleteTable", "UpdateTable"):
                yield f"dynamodb:{action}", {"tableName": given}


def rules(deployment: Deployment) -> Names:
    for name in deployment.names("Events::Rule"):
        for action in ("DeleteRule", "DisableRule", "PutRule"):
            yield f"events:{action}", {"name": name}
        for action in ("PutTargets", "RemoveTargets"):
            yield f"events:{action}", {"rule": name}


def schedules(deployment: Deployment) -> Names:
    for name in deployment.names("Scheduler::Schedule"):
        for action in ("DeleteSchedule", "UpdateSchedule"):
            yield f"scheduler:{action}", {"name": name, "groupName": "default"}


def keys(_: Deployment) -> Names:
    for given in (KEY_ID, KEY_ARN):
        for action in ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"):
            yield f"kms:{action}", {"keyId": given}


KINDS = (functions, queues, topics, tables, rules, schedules, keys)


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_matches_by_every_name_of_the_resource(
    deployment: Deployment, kind: Callable[[Deployment], Names]
) -> None:
    requests = list(kind(deployment))
    assert requests
    assert [r for r in requests if not guarded(deployment, *r)] == []


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_resources_of_another_deployment_are_not_ours(
    home: Resources, kind: Callable[[Deployment], Names]
) -> None:
    ours, theirs = Deployment(home, "Trailwarden"), Deployment(home, "Trailwarden-Test")
    requests = [
        (action, {name: renamed(value) for name, value in parameters.items()})
        for action, parameters in kind(theirs)
    ]
    assert requests
    assert not any(guarded(ours, *r) for r in requests)


def renamed(value: str) -> str:
    """Return a name that a template gives as the other deployment would give it."""
    return re.sub("Trailwarden-(?!Test-)", "Trailwarden-Test-", value)


def test_another_key_is_not_ours(deployment: Deployment) -> None:
    other = "9876dcba-12ab-34cd-56ef-1234567890ab"
    for given in (other, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{other}"):
        assert not guarded(deployment, "kms:DisableKey", {"keyId": given})


@pytest.mark.parametrize("given", [KEY_ID, f"arn:aws:kms:{REGION}:444455556666:key/{KEY_ID}"])
def test_the_key_of_an_adopted_bucket_is_guarded_by_id_and_arn(
    longest: Deployments, given: str
) -> None:
    assert guarded(longest("adopted"), "kms:ScheduleKeyDeletion", {"keyId": given})


@pytest.mark.parametrize(
    "action", ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]
)
def test_any_trail_is_guarded(deployment: Deployment, action: str) -> None:
    assert guarded(deployment, f"cloudtrail:{action}", {"name": "some-trail"})


def test_the_log_files_bucket_is_guarded(deployment: Deployment) -> None:
    [bucket] = [
        deployment.name(name)
        for name in of_type(deployment.found, "S3::Bucket")
        if "LogsBucket" in name
    ]
    assert guarded(deployment, "s3:DeleteBucketPolicy", {"bucketName": bucket})
    assert not guarded(deployment, "s3:DeleteBucketPolicy", {"bucketName": "other"})


def test_the_guard_names_every_resource_that_it_could(deployment: Deployment) -> None:
    named = str(list(deployment.patterns("Guard").values()))
    kinds = ("Lambda::Function", "SQS::Queue", "SNS::Topic", "DynamoDB::Table")
    names = [name for kind in kinds for name in deployment.names(kind)]
    assert [name for name in names if name not in named] == []
