"""Stack set sent to the whole organization.

A stack set can run one template as an administrator in every account of the organization. A
pipeline sends it every week, and an intruder once.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts

TAKEN = "Stack set taken away from the organization"
TO_MANY, MANY = "Stack set sent to many accounts", 10


def detect(event: Event) -> Match | None:
    units = texts(event.get("requestParameters.deploymentTargets"), "organizationalUnitIds")
    automatic = str(event.get("requestParameters.autoDeployment.enabled")).lower() == "true"
    name = text_of(event.request("stackSetName"))
    if not units and (sent := to_many(event)):
        return sent
    if not units and not automatic:
        return None
    if event.name == "DeleteStackInstances":
        return Match(f"{name}, from {', '.join(units)}", subject=name, title=TAKEN)
    if not units:
        return Match(f"{name}, to each new account", severity=Severity.LOW, subject=name)
    whole = any(unit.startswith("r-") for unit in units)
    severity = Severity.HIGH if whole else Severity.MEDIUM
    return Match(f"{name}, to {', '.join(units)}", severity=severity, subject=name)


def to_many(event: Event) -> Match | None:
    """Return a match for a request that names many accounts, rather than the units above them."""
    named = len(texts(event.get("requestParameters"), "accounts"))
    name, is_taken = event.request("stackSetName"), event.name == "DeleteStackInstances"
    if named < MANY or event.name == "CreateStackSet":
        return None
    title, way = (TAKEN, "from") if is_taken else (TO_MANY, "to")
    return Match(f"{name}, {way} {named} accounts", Severity.MEDIUM, name, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:CreateStackInstances",
        "cloudformation:CreateStackSet",
        "cloudformation:DeleteStackInstances",
        "cloudformation:UpdateStackInstances",
        "cloudformation:UpdateStackSet",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.EXECUTION: ["T1072", "T1648"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Read the template. If nobody asked for it, stop the operation, and delete the stack "
    "instances. Then review the roles that it made in each account.",
    false_positives="A platform team works by hand. Name its role in `deploy_roles`.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    label = "baseline, to r-ab12"
    root = sent("CreateStackInstances", unit="r-ab12")
    yield alerts("to the root", root, severity=Severity.HIGH, subject="baseline", label=label)
    unit = sent("CreateStackInstances", unit="ou-ab12-11111111")
    yield alerts("to a unit", unit, severity=Severity.MEDIUM)
    yield alerts("again", sent("UpdateStackInstances", unit="r-ab12"))
    yield alerts("another template", sent("UpdateStackSet", unit="r-ab12"))
    automatic = {"enabled": True, "retainStacksOnAccountRemoval": False}
    new = request(
        "cloudformation:CreateStackSet", stackSetName="baseline", autoDeployment=automatic
    )
    yield alerts("to each new account", new, severity=Severity.LOW)
    gone = sent("DeleteStackInstances", unit="ou-ab12-11111111")
    label = "baseline, from ou-ab12-11111111"
    yield alerts("taken away", gone, severity=Severity.HIGH, subject="baseline", label=label)
    wrong: Fields = {"stackSetName": "baseline", "regions": ["us-east-1"]}
    target: Fields = {"deploymentTargets": {"organizationalUnitIds": ["r-ab12"]}}
    denied = refused("cloudformation:CreateStackInstances", **wrong, **target)
    yield alerts("refused", denied, severity=Severity.MEDIUM)
    accounts = {"accounts": ["222233334444"]}
    some = request("cloudformation:CreateStackInstances", **wrong, deploymentTargets=accounts)
    yield silent("to accounts by name", some)
    many = [f"5555666600{n}" for n in range(10, 20)]
    flat = request("cloudformation:CreateStackInstances", **wrong, accounts=many)
    label = "baseline, to 10 accounts"
    yield alerts("to many by name", flat, severity=Severity.MEDIUM, label=label, subject="baseline")
    nested = request("cloudformation:UpdateStackSet", **wrong, deploymentTargets={"accounts": many})
    yield alerts("another template, to many by name", nested, severity=Severity.MEDIUM)
    gone = request("cloudformation:DeleteStackInstances", **wrong, accounts=many, retainStacks=True)
    yield alerts("taken from many", gone, label="baseline, from 10 accounts")
    few = request("cloudformation:CreateStackInstances", **wrong, accounts=many[1:])
    yield silent("to a few by name", few)
    yield silent("the pipeline", sent("CreateStackInstances", DEPLOYER, unit="r-ab12"))


def sent(name: str, by: Fields | None = None, *, unit: str) -> Record:
    targets = {"organizationalUnitIds": [unit]}
    regions: Fields = {} if name == "UpdateStackSet" else {"regions": ["us-east-1"]}
    if name == "DeleteStackInstances":
        regions |= {"retainStacks": False}
    return request(
        f"cloudformation:{name}", by, stackSetName="baseline", deploymentTargets=targets, **regions
    )
