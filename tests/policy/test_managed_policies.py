import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from trailwarden.policy.conditions import Truth
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.escalation_table import Way
from trailwarden.policy.managed_policies import POWERFUL, Power, power_of
from trailwarden.rules.iam.policy_grants_escalation import whole_services

OF_SERVICES = frozenset(
    {
        "AWSApplicationMigrationEC2Access",
        "AWSApplicationMigrationSSMAccess",
        "AWSCodeDeployRoleForECS",
        "AWSConnector",
        "AWSDeadlineCloud-FleetWorker",
        "AWSDeadlineCloud-UserAccessFarms",
        "AWSDeadlineCloud-UserAccessQueues",
        "AWSDeadlineCloud-WorkerHost",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
        "AWSElasticDisasterRecoveryLaunchActionsPolicy",
        "AWSResilienceHubResilienceTestingPolicy",
        "AWSRoboMakerServiceRolePolicy",
        "AWSSystemsManagerJustInTimeAccessTokenPolicy",
        "AWSTransformInfrastructureExecutorAccessEC2",
        "AWSTransformServerMigrationAgentPolicy",
        "AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary",
        "AmazonEC2RolePolicyForLaunchWizard",
        "AmazonECSInfrastructureRolePolicyForManagedInstances",
        "AmazonEKSComputePolicy",
        "AmazonESCognitoAccess",
        "AmazonOpenSearchServiceCognitoAccess",
        "AmazonSageMakerPipelinesIntegrations",
        "AmazonSageMakerServiceCatalogProductsCodeBuildServiceRolePolicy",
        "AmazonSageMakerSpacesControllerPolicy",
        "BedrockAgentCoreRuntimeInstancesOperatorRolePolicy",
        "AWSTransformLandingZoneAgentPolicy",
        "AwsGlueSessionUserRestrictedNotebookPolicy",
        "AwsGlueSessionUserRestrictedPolicy",
        "SageMakerStudioProjectRoleMachineLearningPolicy",
        "SageMakerStudioProjectUserRolePermissionsBoundary",
        "SageMakerStudioProjectUserRolePolicy",
    }
)
"""Policies that AWS writes for roles of its services, though their path does not say so."""
BY_ITS_SERVICE = frozenset(
    {
        "AWSKeyManagementServicePowerUser",
        "AWSSecurityHubFullAccess",
        "AmazonGuardDutyFullAccess_v2",
        "NetworkAdministrator",
        "AWSCloudTrail_FullAccess",
        "AmazonRDSFullAccess",
    }
)
"""Policies that are powerful for what their service is."""


@cache
def documents() -> Mapping[str, Any]:
    known = json.loads(aws_managed_policies_data)
    return {
        name: policy["Document"]
        for name, policy in known.items()
        if "service-role" not in policy["Path"]
    }


@cache
def permissions(name: str) -> Permissions:
    return Permissions(documents()[name])


def escalates(name: str) -> bool:
    judged = permissions(name)
    return bool(judged.administers or judged.findings)


@pytest.mark.exhaustive
def test_every_policy_of_aws_that_escalates_is_known() -> None:
    escalating = {name for name in documents() if escalates(name)}
    assert escalating - POWERFUL.keys() == OF_SERVICES
    assert {name for name in POWERFUL if POWERFUL[name] is Power.ROLES} <= escalating


def test_policies_with_whole_services_are_known() -> None:
    whole = {n for n in POWERFUL if whole_services(permissions(n)) or escalates(n)}
    assert POWERFUL.keys() - whole == BY_ITS_SERVICE


def test_administrators_have_all_of_iam_and_others_not() -> None:
    administering = {name for name in POWERFUL if permissions(name).administers}
    assert administering == {n for n in POWERFUL if POWERFUL[n] is Power.ADMINISTRATOR}


def test_identity_policies_give_groups_or_permission_sets() -> None:
    assigning = {
        name
        for name in POWERFUL
        if any(f.way is Way.ASSIGN and f.certain for f in permissions(name).findings)
    }
    named = {name for name in POWERFUL if POWERFUL[name] is Power.IDENTITY}
    assert named <= assigning


@pytest.mark.parametrize(
    ("arn", "power"),
    [
        ("arn:aws:iam::aws:policy/IAMFullAccess", Power.ADMINISTRATOR),
        ("arn:aws-us-gov:iam::aws:policy/PowerUserAccess", Power.ALMOST),
        ("arn:aws:iam::aws:policy/job-function/SystemAdministrator", Power.ROLES),
        ("arn:aws:iam::111122223333:policy/IAMFullAccess", None),
        ("arn:aws:iam::aws:policy/service-role/IAMFullAccess", None),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("", None),
    ],
)
def test_the_power_is_that_of_aws_own_policy(arn: str, power: Power | None) -> None:
    assert power_of(arn) is power


def test_an_administrator_of_aws_needs_no_condition_but_for_agents() -> None:
    uncertain = {n for n in POWERFUL if permissions(n).administers is Truth.SOMETIMES}
    assert uncertain == {"AWSMcpServiceActionsFullAccess"}
