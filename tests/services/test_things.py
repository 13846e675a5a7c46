from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.services.things import asks_for_everything, things_of


@pytest.mark.parametrize(
    "parameters",
    [None, {}, {"maxResults": 100}, {"instancesSet": {}, "filterSet": {}}, {"filterSet": None}],
)
def test_a_sweep_names_nothing(parameters: object) -> None:
    assert asks_for_everything(Event({"requestParameters": parameters}))


@pytest.mark.parametrize(
    "parameters",
    [{"userName": "alice"}, {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}}],
)
def test_a_look_at_one_thing_is_no_sweep(parameters: object) -> None:
    assert not asks_for_everything(Event({"requestParameters": parameters}))


def things(action: str, answer: Fields | None = None, **parameters: Any) -> list[str]:
    return things_of(Event(request(action, answer=answer, **parameters)))


def test_each_element_of_a_list_is_a_thing() -> None:
    assert things("ssm:DeleteParameters", names=["/a", "/b", "/a"]) == ["/a", "/b"]
    ids = {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}
    assert things("ec2:TerminateInstances", instancesSet=ids) == ["i-1", "i-2"]


def test_what_holds_a_thing_is_part_of_its_name() -> None:
    vault: Fields = {"backupVaultName": "main", "recoveryPointArn": "arn:1"}
    assert things("backup:DeleteRecoveryPoint", **vault) == ["main arn:1"]
    batch: Fields = {"cluster": "prod", "services": ["a", "b"]}
    assert things("ecs:X", **batch) == ["prod a", "prod b"]


def test_tokens_and_tags_are_no_things() -> None:
    stack: Fields = {"stackName": "a", "clientRequestToken": "x", "tags": [{"key": "k"}]}
    assert things("cloudformation:DeleteStack", **stack) == ["a"]


def test_the_tag_of_an_image_and_a_stage_are_things() -> None:
    images: Fields = {"repositoryName": "app", "imageIds": [{"imageTag": n} for n in "ab"]}
    assert things("ecr:BatchDeleteImage", **images) == ["app a", "app b"]
    stage: Fields = {"restApiId": "r", "stageName": "prod"}
    assert things("apigateway:DeleteStage", **stage) == ["r prod"]


def test_what_a_batch_could_not_do_is_no_thing() -> None:
    ids: Fields = {"DeleteFlowLogsRequest": {"FlowLogId": [{"tag": 1, "content": n} for n in "ab"]}}
    failed: Fields = {"unsuccessful": {"items": [{"resourceId": "b"}]}}
    assert things("ec2:DeleteFlowLogs", failed, **ids) == ["a"]
    images: Fields = {"imageIds": [{"imageDigest": n, "imageTag": "x"} for n in "ab"]}
    missing = {"failures": [{"imageId": images["imageIds"][1], "failureCode": "ImageNotFound"}]}
    assert things("ecr:BatchDeleteImage", missing, **images) == ["a x"]
    gone: Fields = {"failedRequests": [{"workspaceId": "b", "errorCode": "NotFound"}]}
    pcs: Fields = {"terminateWorkspaceRequests": [{"workspaceId": n} for n in "ab"]}
    assert things("workspaces:TerminateWorkspaces", gone, **pcs) == ["a"]


def test_a_refusal_names_its_thing_and_what_tells_none_is_itself_one() -> None:
    message = "x is not authorized to perform: y on resource: arn:aws:sqs:::q because"
    event = Event(refused("sqs:DeleteQueue", fields={"errorMessage": message}))
    assert things_of(event) == ["arn:aws:sqs:::q"]
    bare = Event(refused("sqs:DeleteQueue"))
    assert things_of(bare) == [bare.event_id]


@pytest.mark.parametrize("odd", [None, "x", [], [1, None], {"a": [[{"b": None}]]}, {"a": {"b": 1}}])
def test_parameters_of_any_shape_are_read(odd: Any) -> None:
    assert things_of(Event({"requestParameters": odd, "eventID": "e"})) == ["e"]
    assert (
        len(things_of(Event({"requestParameters": {"ids": [str(n) for n in range(999)]}}))) == 100
    )


def test_two_things_with_hidden_names_differ() -> None:
    user: Fields = {"userPoolId": "p", "username": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    one, other = (Event(request("cognito-idp:AdminDeleteUser", minute=n, **user)) for n in (0, 1))
    assert things_of(one) != things_of(other)
    known = {"additionalEventData": {"sub": "1f3c"}}
    told = Event(request("cognito-idp:AdminDeleteUser", fields=known, **user))
    assert things_of(told) == ["p HIDDEN_DUE_TO_SECURITY_REASONS 1f3c"]
