"""Setting of a security service weakened.

A service that still runs, but looks at less, is missed even less than one that is gone. Such
settings are members without cover, scans that are off, and findings that reach nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trailwarden import SECURITY_WORK, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts, values

TAKEN: Mapping[str, Fields] = {
    "access-analyzer:DeleteServiceLinkedAnalyzer": {"analyzerName": "a"},
    "auditmanager:DeleteAssessment": {"assessmentId": "a"},
    "config:DeleteAggregationAuthorization": {
        "authorizedAccountId": "444455556666",
        "authorizedAwsRegion": "us-east-1",
    },
    "config:DisassociateResourceTypes": {
        "configurationRecorderArn": "arn:aws:config:us-east-1:111122223333:recorder/a",
        "resourceTypes": ["AWS::IAM::User"],
    },
    "config:PutRemediationExceptions": {
        "configRuleName": "a",
        "resourceKeys": [{"resourceType": "AWS::S3::Bucket", "resourceId": "b"}],
    },
    "fms:DeleteNotificationChannel": {},
    "fms:DisassociateThirdPartyFirewall": {"thirdPartyFirewall": "PALO_ALTO_NETWORKS_CLOUD_NGFW"},
    "guardduty:DeleteCustomDetectionRuleAssociation": {"ruleId": "r", "associationId": "a"},
    "guardduty:DeleteCustomDetectionRuleOrgConfiguration": {"ruleId": "r", "mode": "LIVE"},
    "inspector2:BatchDisassociateCodeSecurityScanConfiguration": {
        "disassociateConfigurationRequests": [
            {"scanConfigurationArn": "arn:aws:inspector2:us-east-1:1:c", "resource": {}}
        ]
    },
    "inspector2:DeleteCisScanConfiguration": {"scanConfigurationArn": "arn:aws:inspector2:::c"},
    "inspector2:DeleteCodeSecurityIntegration": {"integrationArn": "arn:aws:inspector2:::i"},
    "inspector2:DeleteCodeSecurityScanConfiguration": {
        "scanConfigurationArn": "arn:aws:inspector2:::c"
    },
    "securityhub:DeleteActionTarget": {"actionTargetArn": "arn:aws:securityhub:::action/x"},
    "securityhub:DeleteConfigurationPolicy": {"identifier": "p"},
    "securityhub:DeleteConnectorV2": {"connectorId": "c"},
    "securityhub:StartConfigurationPolicyDisassociation": {"configurationPolicyIdentifier": "p"},
    "securitylake:DeleteDataLakeExceptionSubscription": {},
    "securitylake:DeleteSubscriberNotification": {"subscriberId": "s"},
    "shield:DeleteProtectionGroup": {"protectionGroupId": "g"},
    "shield:DisassociateDRTLogBucket": {"logBucket": "logs"},
    "shield:DisassociateDRTRole": {},
    "shield:DisassociateHealthCheck": {"protectionId": "p", "healthCheckArn": "arn:aws:route53"},
}
"""Calls that always take something away, each as it names what."""

LESS: Mapping[str, tuple[str, Sequence[Any], Fields]] = {
    "detective:UpdateOrganizationConfiguration": ("autoEnable", (False,), {"graphArn": "g"}),
    "fms:PutPolicy": (
        "remediationEnabled",
        (False,),
        {
            "policy": {
                "policyName": "p",
                "securityServicePolicyData": {"type": "WAF"},
                "resourceType": "AWS::EC2::VPC",
                "excludeResourceTags": False,
                "remediationEnabled": False,
            }
        },
    ),
    "guardduty:UpdateMalwareScanSettings": (
        "exclude",
        (),
        {
            "detectorId": "d",
            "scanResourceCriteria": {"exclude": {"EC2_INSTANCE_TAG": {"mapEquals": []}}},
        },
    ),
    "guardduty:UpdateCustomDetectionRuleAssociation": (
        "mode",
        ("DRY_RUN",),
        {"ruleId": "r", "associationId": "a"},
    ),
    "inspector2:BatchUpdateMemberEc2DeepInspectionStatus": (
        "activateDeepInspection",
        (False,),
        {"accountIds": [{"accountId": "444455556666", "activateDeepInspection": False}]},
    ),
    "inspector2:UpdateEc2DeepInspectionConfiguration": ("activateDeepInspection", (False,), {}),
    "macie2:UpdateResourceProfileDetections": (
        "suppressed",
        (True,),
        {
            "resourceArn": "arn:aws:s3:::payroll",
            "suppressDataIdentifiers": [{"id": "NAME", "type": "MANAGED", "suppressed": True}],
        },
    ),
    "macie2:UpdateSensitivityInspectionTemplate": (
        "excludes",
        (),
        {"id": "t", "excludes": {"managedDataIdentifierIds": ["CREDIT_CARD_NUMBER"]}},
    ),
    "securityhub:UpdateConfigurationPolicy": (
        "serviceEnabled",
        (False,),
        {"identifier": "p", "configurationPolicy": {"securityHub": {"serviceEnabled": False}}},
    ),
    "securityhub:UpdateFindingAggregator": (
        "regionLinkingMode",
        ("NO_REGIONS", "SPECIFIED_REGIONS"),
        {"findingAggregatorArn": "f"},
    ),
    "securityhub:UpdateOrganizationConfiguration": ("autoEnable", (False,), {}),
    "securityhub:UpdateSecurityHubConfiguration": ("autoEnableControls", (False,), {}),
    "shield:UpdateApplicationLayerAutomaticResponse": (
        "count",
        ({},),
        {"resourceArn": "arn:aws:cloudfront::1:distribution/E1", "action": {"count": {}}},
    ),
}
"""Calls that may take something away: the setting, its bad values (none: any), and what else."""

NAMES = ("configRuleName", "resourceArn", "identifier", "protectionId", "accountId", "name", "id")


def detect(event: Event) -> Match | None:
    request = event.get("requestParameters")
    if event.action in LESS:
        setting, bad, _ = LESS[event.action]
        held = [value for value in values(request, setting) if value]
        found = [value for value in values(request, setting) if as_flag(value) in bad]
        if not (found if bad else held):
            return None
    named = next(iter(texts(request, *NAMES)), "") or event.aws_region
    return Match(f"{event.action} {named}", subject=event.action)


def as_flag(value: Any) -> Any:
    """Return the flag that a text stands for; any other value as it is."""
    return (
        {"true": True, "false": False}.get(value.lower(), value)
        if isinstance(value, str)
        else value
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*TAKEN, *LESS}),
    exempt=SECURITY_WORK,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller, and put the setting back. Then look at the resources that nobody "
    "watched since.",
    false_positives="The security team's own housekeeping. Name its roles in `security_roles`.",
)


def examples() -> Examples:
    for action, parameters in TAKEN.items():
        yield alerts(action, request(action, **parameters), subject=action)
    for action, (setting, bad, others) in LESS.items():
        nested = setting in str(others)
        for value in bad or ("any",):
            chosen: Fields = others if nested else others | {setting: value}
            yield alerts(f"{action} {value}", request(action, **chosen), subject=action)
    off = "securityhub:UpdateOrganizationConfiguration"
    yield silent("new accounts covered", request(off, autoEnable=True))
    yield alerts("as text, with capitals", request(off, AutoEnable="false"))
    block: Fields = {"resourceArn": "arn:aws:cloudfront::1:distribution/E1"}
    answer = "shield:UpdateApplicationLayerAutomaticResponse"
    yield silent("a block", request(answer, **block, action={"block": {}}))
    exception = request(
        "config:PutRemediationExceptions", **TAKEN["config:PutRemediationExceptions"]
    )
    yield alerts("an exception", exception, label="config:PutRemediationExceptions a")
    yield silent("refused", refused("fms:DeleteNotificationChannel"))
