"""Recurring job on instances planted by a new principal.

State Manager associations, maintenance windows and documents run again and again. They also run on
instances that join later. A planted job goes on after the key of its author is gone. AWS's own
documents for inventories and patches run nothing of their caller's choice.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ssm import is_upkeep

TITLES = {
    "CreateAssociation": "State Manager association created by a new principal",
    "CreateAssociationBatch": "State Manager associations created by a new principal",
    "CreateDocument": "Systems Manager document created by a new principal",
    "RegisterTaskWithMaintenanceWindow": "Maintenance window task added by a new principal",
    "StartAutomationExecution": "Systems Manager automation started by a new principal",
    "UpdateAssociation": "State Manager association changed by a new principal",
    "UpdateDocument": "Systems Manager document changed by a new principal",
}
DOCUMENT_TYPES = frozenset({"", "Automation", "Command", "Policy", "Session"})
PLANNED = frozenset(
    {"CreateAssociation", "CreateAssociationBatch", "RegisterTaskWithMaintenanceWindow"}
)
"""The calls whose names are those of the documents that run."""
NAMES = ("name", "documentName", "taskArn", "associationId")


def detect(event: Event) -> Match | None:
    if event.request("documentType") not in DOCUMENT_TYPES:
        return None
    jobs = [event.get("requestParameters"), *event.listed("requestParameters.entries")]
    names = [text_of(dig(job, name)) for job in jobs for name in NAMES]
    named = [name for name in names if name]
    if event.name in PLANNED and named and all(map(is_upkeep, named)):
        return None
    everywhere = any(map(targets_all, jobs))
    label = f"{event.actor} on every instance" if everywhere else event.actor
    severity = Severity.CRITICAL if everywhere else None
    return Match(label, severity, ", ".join(named), TITLES[event.name])


def targets_all(job: Any) -> bool:
    return any("*" in listed(dig(target, "values")) for target in listed(dig(job, "targets")))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:CreateAssociation",
        "ssm:CreateAssociationBatch",
        "ssm:CreateDocument",
        "ssm:RegisterTaskWithMaintenanceWindow",
        "ssm:StartAutomationExecution",
        "ssm:UpdateAssociation",
        "ssm:UpdateDocument",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1053"], Tactic.EXECUTION: ["T1651", "T1204"]},
    response="Read the job and find the instances it runs on. If its owner does not know it, "
    "delete it, disable the credentials, and examine those instances.",
    false_positives="New colleagues and new programs that manage servers.",
    correlation=first_use(by_account, days=90, at_once=Severity.CRITICAL, severe=True),
)

ENVIRONMENT = DEPLOYED
EVERYTHING = [{"key": "InstanceIds", "values": ["*"]}]
SHELL = "AWS-RunShellScript"


def examples() -> Examples:
    usual, new = associated(ROLE, day=0), associated(USER, day=7)
    yield alerts("a new principal", usual, new, severity=Severity.HIGH, subject=SHELL)
    yield alerts("beside the pipeline", associated(DEPLOYER, day=0), new)
    known = associated(ROLE, day=8, targets=EVERYTHING)
    label = f"arn:aws:iam::{ACCOUNT}:role/app on every instance"
    yield alerts("a known one, everywhere", usual, known, severity=Severity.CRITICAL, label=label)
    entries = [{"name": SHELL, "targets": EVERYTHING}]
    batch = request("ssm:CreateAssociationBatch", day=7, entries=entries)
    yield alerts("a batch, everywhere", usual, batch, severity=Severity.CRITICAL, subject=SHELL)
    upkeep = [{"name": "AWS-GatherSoftwareInventory", "targets": EVERYTHING}]
    yield silent("an inventory, everywhere", usual, associated(USER, day=7, **upkeep[0]))
    window: Fields = {"windowId": "mw-1", "taskType": "RUN_COMMAND"}
    register = "ssm:RegisterTaskWithMaintenanceWindow"
    patches = request(register, day=7, **window, taskArn="AWS-RunPatchBaseline")
    yield silent("patches in a window", usual, patches)
    yield alerts("a shell in a window", usual, request(register, day=7, **window, taskArn=SHELL))
    both = request("ssm:CreateAssociationBatch", day=7, entries=[*upkeep, *entries])
    yield alerts("an inventory, and more", usual, both, severity=Severity.CRITICAL)
    unnamed = request("ssm:CreateAssociationBatch", day=7, entries=[{"targets": EVERYTHING}])
    yield alerts("a job without a name", usual, unnamed, severity=Severity.CRITICAL)
    written: Fields = {"name": "deploy", "content": "{}"}
    command = request("ssm:CreateDocument", day=7, **written, documentType="Command")
    yield alerts("a document", usual, command, subject="deploy")
    package = request("ssm:CreateDocument", day=7, **written, documentType="Package")
    yield silent("a package", usual, package)
    yield silent("a known one", usual, associated(ROLE, day=8))
    everywhere = associated(USER, day=6, targets=EVERYTHING)
    yield alerts("everywhere, in the first week", usual, everywhere, severity=Severity.CRITICAL)
    yield silent("in the first week", usual, associated(USER, day=6))


def associated(by: Fields, *, day: int, **parameters: Any) -> Record:
    return request("ssm:CreateAssociation", by, day=day, **{"name": SHELL} | parameters)
