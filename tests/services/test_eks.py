"""What requests to EKS name."""

from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services import eks

POLICIES = "arn:aws:eks::aws:cluster-access-policy"


def asked(**parameters: Any) -> Event:
    return Event(request("eks:AssociateAccessPolicy", **parameters))


@pytest.mark.parametrize("key", ["name", "clusterName"])
def test_the_cluster_is_read_under_both_keys(key: str) -> None:
    assert eks.cluster_of(asked(**{key: "prod"})) == "prod"


def test_a_principal_in_a_path_is_decoded() -> None:
    encoded = "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fapp"
    assert eks.principal_of(asked(principalArn=encoded)) == "arn:aws:iam::111122223333:role/app"


@pytest.mark.parametrize(
    "parameters",
    [
        {"policyArn": f"{POLICIES}/AmazonEKSClusterAdminPolicy"},
        {"policyArn": f"{POLICIES}/AmazonEKSAdminPolicy"},
        {"kubernetesGroups": ["viewers", "system:masters"]},
    ],
)
def test_a_policy_and_a_group_make_administrators(parameters: Fields) -> None:
    assert eks.grants_admin(asked(**parameters))


@pytest.mark.parametrize(
    "parameters",
    [{"policyArn": f"{POLICIES}/AmazonEKSViewPolicy"}, {"kubernetesGroups": ["viewers"]}, {}],
)
def test_other_policies_and_groups_do_not(parameters: Fields) -> None:
    assert not eks.grants_admin(asked(**parameters))
