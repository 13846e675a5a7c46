import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.services.secretsmanager import secret_of

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/web-a1B2c3"


@pytest.mark.parametrize("told", ["app/web", ARN])
def test_a_secret_has_one_name_however_it_is_asked_for(told: str) -> None:
    assert secret_of(Event({"requestParameters": {"secretId": told}})) == "app/web"


def test_a_refusal_tells_which_secret_was_refused() -> None:
    message = f"User: x is not authorized to perform: y on resource: {ARN} because no policy"
    refused = Event({"requestParameters": None, "errorMessage": message})
    assert secret_of(refused) == "app/web"


def test_a_request_for_several_names_none() -> None:
    assert not secret_of(Event({"requestParameters": {"filters": []}}))
