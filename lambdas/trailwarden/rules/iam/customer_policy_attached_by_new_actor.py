"""Customer's policy attached to a role by a new principal.

The name of a customer's own policy does not show its rights. The same few people and programs
look after a role. A stranger who adds to its rights stands out.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    role = event.request("roleName")
    own = account_of(event.request("policyArn"))
    return Match(role, subject=role) if own and role else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AttachRolePolicy"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098"]},
    response="Read the policy, and look at the other acts of the caller around that time.",
    false_positives="New roles, and colleagues who take over the work of others.",
    correlation=first_use(by_actor, days=30),
)


def examples() -> Examples:
    usual, new = attached("web", day=0), attached("payroll", day=7)
    yield alerts("a new role after a week", usual, new, subject="payroll")
    yield silent("a new role within the week", usual, attached("payroll", day=6))
    yield silent("a known role", usual, attached("web", day=8))
    yield silent("a policy of AWS", usual, attached("payroll", day=8, owner="aws"))
    yield silent("a policy too many", usual, {**new, "errorCode": "LimitExceededException"})


def attached(role: str, *, day: int, owner: str = ACCOUNT) -> Record:
    arn = f"arn:aws:iam::{owner}:policy/p"
    return request("iam:AttachRolePolicy", ROLE, day=day, roleName=role, policyArn=arn)
