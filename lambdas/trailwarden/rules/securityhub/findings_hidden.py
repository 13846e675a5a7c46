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
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.correlations import DAY, Worsened
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values

HIDING = ('"SUPPRESSED"', '"RESOLVED"', '"ARCHIVED"')
BY_NUMBER = {"3": "suppressed", "4": "resolved", "5": "archived"}
"""The numbers of states in OCSF, which the second version of the API takes."""
BY_NO_CODE = "UpdateFindings"
"""The request about the findings themselves, which infrastructure code never makes."""
MANY = 10
CONTROLS = ("BatchUpdateStandardsControlAssociations", "UpdateStandardsControl")
RULES = ("rulesArnsList", "ruleArn", "identifier", "ruleName")
SET = "Security Hub findings set to be hidden"


def detect(event: Event) -> Match | None:
    by_code = event.caller in DEPLOYMENT
    if event.name in CONTROLS:
        return switched(event, by_code=by_code)
    if by_code and not event.name.removeprefix("Batch").startswith(BY_NO_CODE):
        return None
    if event.name in {"DeleteInsight", "UpdateInsight"}:
        insight = event.request("insightArn", "InsightArn")
        return Match(f"{event.name} {insight}".strip(), severity=Severity.LOW)
    sent = event.get("requestParameters")
    state = state_of(running(sent))
    if not state or (state == "resolved" and handles_few(event)):
        return None
    name = next(iter(texts(sent, *RULES)), "") or f"{len(findings(event))} findings"
    return Match(f"{event.name}: {name} {state}", subject=event.name)


def switched(event: Event, *, by_code: bool) -> Match | None:
    """Tell of controls that are switched off; those switched on only teach."""
    held = event.listed("requestParameters.standardsControlAssociationUpdates")
    held = held or event.listed("requestParameters.StandardsControlAssociationUpdates")
    failed = {control_of(dig(item, UPDATE)) for item in event.failed_items}
    labels = [
        f"{control}: {'off' if status == OFF else 'on'}"
        for one in held or [event.get("requestParameters")]
        if (control := control_of(one)) not in failed
        for status in texts(one, "associationStatus", "controlStatus")
    ]
    only_teaches = by_code or not any(label.endswith(": off") for label in labels)
    severity = Severity.INFORMATIONAL if only_teaches else None
    return Match(labels, severity, subject=event.name) if labels else None


ITEMS = "updateAutomationRulesRequestItems"
UPDATE, OFF = "StandardsControlAssociationUpdate", "DISABLED"


def control_of(told: Any) -> str:
    """Return the name of a control, in its standard."""
    named = texts(told, "standardsArn", "securityControlId", "standardsControlArn")
    return " ".join(named) or "a control"


def running(parameters: Any) -> list[Any]:
    """Return what a request asks for, without automation rules that do not run."""
    items = [rule for held in values(parameters, ITEMS) for rule in listed(held)]
    return [asked for asked in items or [parameters] if OFF not in texts(asked, "ruleStatus")]


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


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
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_region, unknown=Severity.CRITICAL, unknown_title=SET
    ),
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
    yield from of_controls()
    for rule_status, story in (("DISABLED", silent), ("ENABLED", alerts)):
        made = rule(Actions=actions, Criteria={}, RuleStatus=rule_status)
        yield story(f"a rule {rule_status}", request("securityhub:CreateAutomationRule", **made))


def of_controls() -> Examples:
    old = f"securityhub:{CONTROLS[1]}"
    off, again = associations("a", by=DEPLOYER), associations("a", day=2)
    yield silent("off, as code has it", off, again)
    on = associations("a", status="ENABLED", day=1)
    yield alerts("on between", off, on, again, severity=Severity.MEDIUM)
    yield silent("switched on", on)
    yield alerts("one more", off, associations("a", "b", day=2), label="cis b: off")
    yield alerts("of another Region", {**off, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", off, associations("a", day=401))
    yield silent("known for long", off, associations("a", day=400))
    kept = {"UnprocessedAssociationUpdates": [{UPDATE: entry("b", "DISABLED"), "ErrorCode": "X"}]}
    partly = associations("a", "b", day=2, answer=kept)
    yield silent("another that stays on", off, partly)
    yield alerts("one of two", partly, label="cis a: off")
    control: Fields = {"StandardsControlArn": "c", "ControlStatus": "DISABLED"}
    first, last = (request(old, by, day=n, **control) for n, by in enumerate((DEPLOYER, None)))
    yield silent("a control as code has it", first, last)


def associations(
    *controls: str, status: str = "DISABLED", by: Fields | None = None, **others: Any
) -> Record:
    updates = [entry(control, status) for control in controls]
    asked: Fields = {"StandardsControlAssociationUpdates": updates}
    return request(f"securityhub:{CONTROLS[0]}", by, **asked, **others)


def entry(control: str, status: str) -> Fields:
    return {"StandardsArn": "cis", "SecurityControlId": control, "AssociationStatus": status}


def rule(**parameters: Any) -> dict[str, Any]:
    return {"RuleName": "quiet", "Description": "d", "RuleOrder": 1, **parameters}


def update(status: str, *, count: int = 1) -> Record:
    found = [{"Id": f"finding/{n}", "ProductArn": "arn:aws:securityhub"} for n in range(count)]
    workflow = {"Status": status}
    action = "securityhub:BatchUpdateFindings"
    return request(action, FindingIdentifiers=found, Workflow=workflow)
