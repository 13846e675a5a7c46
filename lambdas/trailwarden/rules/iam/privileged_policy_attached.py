"""Powerful AWS-managed policy attached.

Policies such as PowerUserAccess are close to administrator, or one step away from it. An intruder
who wants to stay prefers them to AdministratorAccess because they are quieter.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.role_samples import PASSES
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.managed_policies import Power, power_of
from trailwarden.services.iam import entity_of, policy_name

EVERYTHING = "AdministratorAccess"
"""Another rule alerts on it."""


def detect(event: Event) -> Match | None:
    arn, policy, entity = event.request("policyArn"), policy_name(event), entity_of(event)
    if event.service == "budgets":
        arn, entity = applied(event)
        policy = arn.rpartition("/")[2]
    power = power_of(arn)
    full = ":aws:policy/" in arn and "FullAccess" in policy and entity.startswith("user ")
    if (policy == EVERYTHING and event.service == "iam") or not (power or full):
        return None
    reason = f" ({power.value})" if power else ""
    return Match(f"{policy} to {entity}{reason}", severity=severity(power), subject=entity)


def applied(event: Event) -> tuple[str, str]:
    """Return the policy that a budget attaches by its action, and who gets it first."""
    action = event.get("requestParameters.definition.iamActionDefinition")
    given = ((kind, name) for kind in ("user", "role", "group") for name in names(action, kind))
    kind, name = next(given, ("budget", event.request("budgetName")))
    return text_of(dig(action, "policyArn")), f"{kind} {name}"


def names(action: Any, kind: str) -> list[str]:
    return [text_of(name) for name in listed(dig(action, f"{kind}s"))]


def severity(power: Power | None) -> Severity:
    if power in {Power.ADMINISTRATOR, Power.IDENTITY}:
        return Severity.HIGH
    return Severity.MEDIUM if power else Severity.LOW


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "budgets:CreateBudgetAction",
        "budgets:UpdateBudgetAction",
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Ask the caller why the policy is needed. If there is no answer, detach it, and "
    "contain the caller and the receiver. Offer a policy with the few actions that are needed.",
    false_positives="An engineer tries things out by hand with a policy that is too wide.",
    references=["https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"],
)


def examples() -> Examples:
    full = attached("User", "IAMFullAccess")
    yield alerts("of IAM, to a user", full, severity=Severity.HIGH, subject="user target")
    power = attached("User", "PowerUserAccess")
    yield alerts("almost all, to a user", power, severity=Severity.MEDIUM)
    topics = attached("User", "AmazonSNSFullAccess")
    yield alerts("of one service, to a user", topics, severity=Severity.LOW)
    yield alerts("to a role", attached("Role", "AWSLambda_FullAccess"), subject="role target")
    reason = "AWSStepFunctionsFullAccess to role target (code that runs with other roles)"
    roles = attached("Role", "AWSStepFunctionsFullAccess")
    yield alerts("of other roles", roles, severity=Severity.MEDIUM, label=reason)
    groups = attached("Role", "AWSSSODirectoryAdministrator")
    yield alerts("of Identity Center, to a role", groups, severity=Severity.HIGH)
    yield alerts("to a group", attached("Group", "job-function/SystemAdministrator"))
    budget = by_budget("AdministratorAccess", users=["target"])
    change = "budgets:UpdateBudgetAction"
    later: Fields = {"accountId": "1", "budgetName": "all", "actionId": "a"}
    definition = budget["requestParameters"]["definition"]
    changed = request(change, **later, definition=definition)
    yield alerts("by a changed budget", changed, subject="user target")
    yield alerts("by a budget", budget, severity=Severity.HIGH, subject="user target")
    for one, story in (("AWSDenyAll", silent), ("PowerUserAccess", alerts)):
        yield story(f"{one} by a budget, to a role", by_budget(one, roles=["target"]))
    yield silent("of one service, to a role", attached("Role", "AmazonSNSFullAccess"))
    of_service = attached("Role", "service-role/AWSGlueServiceRole")
    yield silent("a service's own, to its role", of_service)
    yield silent("everything, which has a rule", attached("User", EVERYTHING))
    yield silent("reading only", attached("User", "ReadOnlyAccess"))
    yield silent("a customer's own", attached("User", "PowerUserAccess", owner="111122223333"))
    yield silent("a user who is not there", {**full, "errorCode": "NoSuchEntityException"})


def by_budget(policy: str, **to: list[str]) -> Record:
    action = {"policyArn": f"arn:aws:iam::aws:policy/{policy}"} | to
    role = "arn:aws:iam::111122223333:role/budgets"
    told = PASSES["budgets:CreateBudgetAction"](role) | {
        "definition": {"iamActionDefinition": action}
    }
    return request("budgets:CreateBudgetAction", **told)


def attached(kind: str, policy: str, owner: str = "aws") -> Record:
    arn = f"arn:aws:iam::{owner}:policy/{policy}"
    entity: Fields = {f"{kind.lower()}Name": "target"}
    return request(f"iam:Attach{kind}Policy", policyArn=arn, **entity)
