"""Knows which policies of AWS make their holder powerful, and why.

Their documents decide, not their names. AWS writes some policies for one of its own services. A
policy that roles of this service need is left out.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import re
from enum import Enum

_OF_AWS = re.compile(
    r"arn:aws[\w-]*:iam::aws:policy/(?!aws-service-role/|service-role/)(?:.*/)?(.+)"
)


class Power(Enum):
    """Why a policy of AWS is powerful."""

    ADMINISTRATOR = "all of IAM, and so everything"
    IDENTITY = "permission sets, groups or accounts of the whole organization"
    ALMOST = "everything but IAM"
    ROLES = "code that runs with other roles"
    DATA = "all data, keys, secrets or networks"
    AUDIT = "the records and detectors that show an intruder"


_POWERS = {
    Power.ADMINISTRATOR: """
        AdministratorAccess
        AdministratorAccess-Amplify
        IAMFullAccess
        AWSMcpServiceActionsFullAccess
    """,
    Power.IDENTITY: """
        AWSBackupOrganizationAdminAccess
        AWSManagedAccountUserEntitlementAccess
        AWSManagedBudgetsSpendLimitManagementAccess
        AWSManagedControlPolicyManagementAccess
        AWSManagedSettingsAdminAccess
        AWSOrganizationsFullAccess
        AWSSSODirectoryAdministrator
        AWSSSOMasterAccountAdministrator
        AWSSSOMemberAccountAdministrator
    """,
    Power.ALMOST: """
        AIDevOpsAgentActionsPolicy
        PowerUserAccess
    """,
    Power.ROLES: """
        AWSAppRunnerFullAccess
        AWSAppSyncAdministrator
        AWSBatchFullAccess
        AWSBudgetsActionsWithAWSResourceControlAccess
        AWSCloud9Administrator
        AWSCloud9EnvironmentMember
        AWSCloud9User
        AWSCloudFormationFullAccess
        AWSCodeBuildAdminAccess
        AWSCodeBuildDeveloperAccess
        AWSCodeDeployDeployerAccess
        AWSCodeDeployFullAccess
        AWSCodePipeline_FullAccess
        AWSDeepRacerCloudFormationAccessPolicy
        AWSElasticDisasterRecoveryConsoleFullAccess
        AWSElasticDisasterRecoveryConsoleFullAccess_v2
        AWSForWordPressPluginPolicy
        AWSGlueConsoleFullAccess
        AWSGlueConsoleSageMakerNotebookFullAccess
        AWSGreengrassFullAccess
        AWSImageBuilderFullAccess
        AWSIoTDeviceTesterForGreengrassFullAccess
        AWSLambda_FullAccess
        AWSManagedAccountManagementAccess
        AWSMarketplaceFullAccess
        AWSProtonFullAccess
        AWSRefactoringToolkitFullAccess
        AWSRolesAnywhereFullAccess
        AWSServiceCatalogAdminFullAccess
        AWSServiceCatalogAppRegistryFullAccess
        AWSStepFunctionsConsoleFullAccess
        AWSStepFunctionsFullAccess
        AccountManagementFromVercel
        AdministratorAccess-AWSElasticBeanstalk
        AmazonAppStreamFullAccess
        AmazonDynamoDBFullAccesswithDataPipeline
        AmazonEC2FullAccess
        AmazonECS_FullAccess
        AmazonEMRFullAccessPolicy_v2
        AmazonElasticMapReduceFullAccess
        AmazonEventBridgeFullAccess
        AmazonEventBridgePipesFullAccess
        AmazonEventBridgeSchedulerFullAccess
        AmazonKinesisAnalyticsFullAccess
        AmazonLaunchWizardFullAccessV2
        AmazonOmicsFullAccess
        AmazonRedshiftAllCommandsFullAccess
        AmazonSSMFullAccess
        AmazonSageMakerCanvasDataPrepFullAccess
        AmazonSageMakerCanvasFullAccess
        AmazonSageMakerFullAccess
        AmazonSageMakerModelRegistryFullAccess
        BedrockAgentCoreFullAccess
        CloudWatchEventsFullAccess
        DataScientist
        EC2FastLaunchFullAccess
        EC2ImageBuilderExecutionPolicy
        EC2InstanceConnect
        SageMakerStudioAdminIAMDefaultExecutionPolicy
        SageMakerStudioAdminIAMPermissiveExecutionPolicy
        SageMakerStudioUserIAMDefaultExecutionPolicy
        SageMakerStudioUserIAMPermissiveExecutionPolicy
        SystemAdministrator
        WellArchitectedConsoleFullAccess
    """,
    Power.DATA: """
        AWSKeyManagementServicePowerUser
        AmazonDynamoDBFullAccess
        AmazonDynamoDBFullAccess_v2
        AmazonRDSFullAccess
        AmazonS3FullAccess
        DatabaseAdministrator
        NetworkAdministrator
        SecretsManagerReadWrite
    """,
    Power.AUDIT: """
        AWSCloudTrail_FullAccess
        AWSSecurityHubFullAccess
        AmazonGuardDutyFullAccess_v2
    """,
}

POWERFUL = {name: power for power, names in _POWERS.items() for name in names.split()}
"""Why each powerful policy of AWS is so, by its name."""


def power_of(policy_arn: str) -> Power | None:
    """Return why a policy of AWS, of any partition, is powerful; None for any other policy.

    >>> power_of("arn:aws-cn:iam::aws:policy/IAMFullAccess")
    <Power.ADMINISTRATOR: 'all of IAM, and so everything'>
    """
    named = _OF_AWS.fullmatch(policy_arn)
    return POWERFUL.get(named[1]) if named else None
