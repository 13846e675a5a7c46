"""Setting of a security service weakened.

A service that still runs, but looks at less, is missed even less than one that is gone. Such
settings are members without cover, scans that are off, and findings that reach nobody.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trailwarden import SECURITY_WORK, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
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
                "policyId": "p-1",
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

THINGS = (
    *("detectorId", "findingAggregatorArn", "graphArn", "id", "identifier", "resourceArn"),
    *("ruleId", "associationId", "accountId"),
)
MOST_SHOWN = 200
SET = "Setting of a security service set to less"
NAMES = ("configRuleName", "resourceArn", "identifier", "protectionId", "accountId", "name", "id")


def detect(event: Event) -> Match | None:
    if event.action not in LESS:
        named = next(iter(texts(event.get("requestParameters"), *NAMES)), "") or event.aws_region
        return Match(f"{event.action} {named}", subject=event.action)
    setting, bad, _ = LESS[event.action]
    held = [as_flag(value) for value in values(event.get("requestParameters"), setting)]
    told = [value for value in held if value is not None]
    if not told:
        return None
    is_less = any(value in bad for value in told) if bad else any(told)
    only_teaches = not is_less or (event.name == "PutPolicy" and not policy_of(event))
    severity = Severity.INFORMATIONAL if only_teaches else None
    return Match(label_of(setting, told), severity, subject=event.action)


def label_of(setting: str, told: Sequence[Any]) -> str:
    """Return the label of a setting: a switch, or what else it is set to, with its digest."""
    if all(isinstance(value, bool) for value in told) and setting != "suppressed":
        return state(**{setting: all(told)})
    text = json.dumps(told, default=str).replace(";", ",")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{setting}: '{text[1:-1][:MOST_SHOWN]}' ({digest})"


def policy_of(event: Event) -> str:
    """Return the id of the policy of Firewall Manager in a request; a new one has none."""
    return next(filter(None, texts(event.get("requestParameters"), "policyId")), "")


def by_setting(event: Event) -> str:
    """Group by the setting and what has it; for some it is one in a Region."""
    made = event.answer("policy.policyId")
    of = (
        policy_of(event) or made or "/".join(sorted(texts(event.get("requestParameters"), *THINGS)))
    )
    return f"{event.recipient_account_id}/{event.aws_region}/{event.action}/{of}"


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
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_setting,
        unknown=Severity.CRITICAL,
        unknown_title=SET,
        changed=Severity.MEDIUM,
        changed_title=SET,
    ),
)

ENVIRONMENT = DEPLOYED


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
    yield from compared()


def compared() -> Examples:
    off, on, again = (members(n, autoEnable=is_on) for n, is_on in enumerate((False, True, False)))
    by_code = members(0, DEPLOYER, autoEnable=False)
    yield silent("off, as code has it", by_code, again)
    yield alerts("on between", by_code, on, again, severity=Severity.MEDIUM)
    yield alerts("of another Region", {**by_code, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", by_code, members(401, autoEnable=False))
    yield silent("known for long", by_code, members(400, autoEnable=False))
    yield alerts("off", off, label="autoEnable: off")
    yield from of_lists()
    yield from of_policies()


def members(day: float, by: Fields | None = None, **chosen: Any) -> Record:
    return request("securityhub:UpdateOrganizationConfiguration", by, day=day, **chosen)


def of_lists() -> Examples:
    one, same, more = (
        left_out(*tags, day=n, by=by)
        for n, (tags, by) in enumerate(((("a",), DEPLOYER), (("a",), None), (("a", "b"), None)))
    )
    yield silent("left out, as before", one, same)
    yield alerts("more left out", one, more, severity=Severity.MEDIUM)
    none = left_out(day=1)
    yield alerts("none left out between", one, none, left_out("a", day=2))
    long = [f"tag-{n:03}" for n in range(99)]
    before, after = left_out(*long, by=DEPLOYER), left_out(*long, "crown-jewels", day=1)
    yield alerts("one more of very many", before, after)
    yield silent("very many, as before", before, left_out(*long, day=1))
    mode = "guardduty:UpdateCustomDetectionRuleAssociation"
    tried, live = (
        request(mode, by, day=n, ruleId="r", associationId="a", mode=of)
        for n, (by, of) in enumerate(((DEPLOYER, "DRY_RUN"), (None, "LIVE")))
    )
    back = {**tried, "userIdentity": live["userIdentity"], "eventID": "x"}
    yield silent("tried, as before", tried, {**back, "eventTime": "2025-06-03T12:00:00Z"})
    yield alerts("live between", tried, live, {**back, "eventTime": "2025-06-04T12:00:00Z"})


def left_out(*tags: str, day: float = 0, by: Fields | None = None) -> Record:
    body = {"EC2_INSTANCE_TAG": {"mapEquals": [{"key": tag} for tag in tags]}} if tags else {}
    criteria: Fields = {"detectorId": "d", "scanResourceCriteria": {"exclude": body}}
    return request("guardduty:UpdateMalwareScanSettings", by, day=day, **criteria)


def of_policies() -> Examples:
    body: Fields = LESS["fms:PutPolicy"][2]["policy"]
    answer: Fields = {"policy": {"policyId": "p-1"}}
    new = body | {"policyId": ""}
    made = request("fms:PutPolicy", policy=new, answer=answer)
    yield silent("a new policy that only watches", made)
    update = body | {"policyId": "p-1", "policyUpdateToken": "1"}
    later = request("fms:PutPolicy", day=2, policy=update)
    yield silent("which only watches, as before", made, later)
    acts = request("fms:PutPolicy", day=1, policy=update | {"remediationEnabled": True})
    yield alerts("which acted", made, acts, later, severity=Severity.MEDIUM)
