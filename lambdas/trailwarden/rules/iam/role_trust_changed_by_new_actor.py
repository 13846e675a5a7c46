"""Trust policy of a role changed by a new principal.

The trust policy is the lock of a role. The creator of the role writes it once, and few people
change it later. A stranger who changes it may open the role from inside the account.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request, trust
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleName")
    return Match(role, subject=role) if role else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAssumeRolePolicy"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Compare the trust policy with the former one, and look for `AssumeRole` since.",
    false_positives="New roles, and colleagues who take over the work of others.",
    correlation=first_use(by_actor, days=60, learning=0),
)


def examples() -> Examples:
    update, document = "iam:UpdateAssumeRolePolicy", trust({"AWS": ACCOUNT})
    payroll = request(update, roleName="payroll", policyDocument=document)
    web = request(update, day=8, roleName="web", policyDocument=document)
    yield alerts("a role", payroll, subject="payroll")
    yield alerts("another role", payroll, web, subject="web")
    malformed = {"errorCode": "MalformedPolicyDocumentException"}
    yield silent("a policy with a mistake", {**payroll, **malformed})
