from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import policy, request
from trailwarden.services.organizations import guardrail_of, left_by_guardrail

UPDATE = "organizations:UpdatePolicy"


def left(content: Any) -> str:
    return left_by_guardrail(Event(request(UPDATE, policyId="p-1", content=content)))


def test_a_denial_of_everything_leaves_nobody() -> None:
    assert left(policy("*", effect="Deny")) == "nobody"


@pytest.mark.parametrize("action", ["ec2:*", "organizations:LeaveOrganization"])
def test_a_denial_of_something_leaves_all_others(action: str) -> None:
    assert left(policy(action, effect="Deny")) == ""


def test_a_denial_of_all_but_some_actions_leaves_nobody_but_that_of_all_but_services() -> None:
    all_but = '{"Statement": [{"Effect": "Deny", "Resource": "*", "NotAction": %s}]}'
    assert left(all_but % '["sts:GetCallerIdentity", "iam:GetUser"]') == "nobody"
    assert left(all_but % '["ec2:*", "s3:GetObject"]') == ""


@pytest.mark.parametrize("odd", [None, 1, "", "{", [], {}])
def test_odd_content_raises_nothing(odd: Any) -> None:
    assert left(odd) == ""


def test_a_new_policy_has_its_id_in_the_answer() -> None:
    answer = {"policy": {"policySummary": {"id": "p-2"}}}
    assert guardrail_of(Event(request("organizations:CreatePolicy", answer=answer))) == "p-2"
