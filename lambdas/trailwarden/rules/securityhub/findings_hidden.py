"""Security Hub findings hidden.

Nobody reads a finding that is suppressed, archived or resolved by a rule. A caller who may not
switch the service off can still silence it.
"""

import json
from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    SUCCEEDED,
    Caller,
    Event,
    Match,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import values

HIDING = ('"SUPPRESSED"', '"RESOLVED"', '"ARCHIVED"', '"DISABLED"')
BY_NUMBER = {"3": "suppressed", "4": "resolved", "5": "archived"}
"""The numbers of states in OCSF, which the second version of the API takes."""
BY_NO_CODE = "UpdateFindings"
"""The request about the findings themselves, which infrastructure code never makes."""
MANY = 10
RULES = ("rulesArnsList", "RuleName", "ruleName", "StandardsControlArn", "standardsControlArn")


def detect(event: Event) -> Match | None:
    if event.caller in DEPLOYMENT and not event.name.removeprefix("Batch").startswith(BY_NO_CODE):
        return None
    if event.name in {"DeleteInsight", "UpdateInsight"}:
        insight = event.request("insightArn", "InsightArn")
        return Match(f"{event.name} {insight}".strip(), severity=Severity.LOW)
    state = state_of(event.get("requestParameters"))
    if not state or (state == "resolved" and handles_few(event)):
        return None
    name = event.request(*RULES) or f"{len(findings(event))} findings"
    return Match(f"{event.name}: {name} {state}", subject=event.name)


def state_of(parameters: Any) -> str:
    """Return the state that a request puts findings into, if it hides them: by name, or in OCSF."""
    numbered = (BY_NUMBER.get(str(number), "") for number in values(parameters, "statusId"))
    text = json.dumps(parameters, default=str)
    named = (state.strip('"').lower() for state in HIDING if state in text)
    return next(filter(None, (*numbered, *named)), "")


def handles_few(event: Event) -> bool:
    """Say whether an analyst closes a few findings by hand."""
    return event.name.startswith("BatchUpdateFindings") and len(findings(event)) < MANY


def findings(event: Event) -> list[Any]:
    keys = ("FindingIdentifiers", "findingIdentifiers", "MetadataUids", "metadataUids")
    return max((event.listed(f"requestParameters.{key}") for key in keys), key=len)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "securityhub:BatchUpdateAutomationRules",
        "securityhub:BatchUpdateFindings",
        "securityhub:BatchUpdateFindingsV2",
        "securityhub:BatchUpdateStandardsControlAssociations",
        "securityhub:CreateAutomationRule",
        "securityhub:CreateAutomationRuleV2",
        "securityhub:DeleteInsight",
        "securityhub:UpdateAutomationRuleV2",
        "securityhub:UpdateFindings",
        "securityhub:UpdateInsight",
        "securityhub:UpdateStandardsControl",
    ],
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Read the hidden findings and set them back to new. Delete the automation rule if "
    "there is one, and ask the caller.",
    false_positives="Analysts and their tools. Name their roles in `security_roles`.",
    references=[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/finding-workflow-status.html"
    ],
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    batch = "BatchUpdateFindings"
    suppressed = update("SUPPRESSED")
    yield alerts("suppressed", suppressed, severity=Severity.MEDIUM, subject=batch)
    by_pipeline = {**suppressed, "userIdentity": DEPLOYER}
    yield alerts("suppressed by a pipeline", by_pipeline, severity=Severity.MEDIUM)
    off: Fields = {"StandardsControlArn": "c", "ControlStatus": "DISABLED"}
    control = request("securityhub:UpdateStandardsControl", DEPLOYER, **off)
    yield silent("a control switched off by code", control)
    yield alerts("many resolved", update("RESOLVED", count=MANY))
    actions = [{"FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}}]
    numbered = [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"StatusId": 5}}]
    requests: dict[str, Fields] = {
        "BatchUpdateAutomationRules": {
            "UpdateAutomationRulesRequestItems": [{"RuleArn": "r", "Actions": actions}]
        },
        "BatchUpdateFindingsV2": {"MetadataUids": ["a"], "StatusId": 3},
        "BatchUpdateStandardsControlAssociations": {
            "StandardsControlAssociationUpdates": [{"AssociationStatus": "DISABLED"}]
        },
        "CreateAutomationRule": rule(Actions=actions, Criteria={}),
        "CreateAutomationRuleV2": rule(Actions=numbered, Criteria={}),
        "UpdateAutomationRuleV2": {"Identifier": "r", "Actions": numbered},
        "UpdateFindings": {"Filters": {}, "RecordState": "ARCHIVED"},
        "UpdateStandardsControl": {"StandardsControlArn": "c", "ControlStatus": "DISABLED"},
    }
    for event_name, parameters in requests.items():
        yield alerts(event_name, request(f"securityhub:{event_name}", **parameters))
    for event_name in ("DeleteInsight", "UpdateInsight"):
        insight = request(f"securityhub:{event_name}", InsightArn="i")
        yield alerts(event_name, insight, severity=Severity.LOW)
    second = "securityhub:BatchUpdateFindingsV2"
    uids = [f"finding-{n}" for n in range(MANY)]
    closed = request(second, MetadataUids=uids, StatusId=4)
    yield alerts("many resolved by number", closed, label=f"{second[12:]}: 10 findings resolved")
    yield silent("few by number", request(second, MetadataUids=uids[1:], StatusId=4))
    yield silent("in progress", request(second, MetadataUids=uids, StatusId=2))
    yield silent("few resolved", update("RESOLVED", count=MANY - 1))
    yield silent("someone was notified", update("NOTIFIED"))
    yield silent("refused", refused("securityhub:BatchUpdateFindings"))


def rule(**parameters: Any) -> dict[str, Any]:
    return {"RuleName": "quiet", "Description": "d", "RuleOrder": 1, **parameters}


def update(status: str, *, count: int = 1) -> Record:
    found = [{"Id": f"finding/{n}", "ProductArn": "arn:aws:securityhub"} for n in range(count)]
    workflow = {"Status": status}
    action = "securityhub:BatchUpdateFindings"
    return request(action, FindingIdentifiers=found, Workflow=workflow)
