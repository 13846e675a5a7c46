"""Application allowed to enter accounts for its users.

A program with this scope changes the sign-in of a person into a token for all roles of the person.
An intruder who makes such an application, and issues the sign-ins, becomes anybody.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import ACCOUNTS_SCOPE as SCOPE


def detect(event: Event) -> Match | None:
    if event.request("scope") != SCOPE:
        return None
    application = event.request("applicationArn").rpartition("/")[2]
    return Match(f"{application} gets {SCOPE}", subject=application)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:PutApplicationAccessScope"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.003", "T1556"], Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the caller which application it is, and who issues its sign-ins. If nobody knows "
    "it, delete the application. Then look for `CreateTokenWithIAM` and the sessions after it.",
    false_positives="A program of your own that works in accounts for its users.",
)

ENVIRONMENT = DEPLOYED
ARN = f"arn:aws:sso::{ACCOUNT}:application/ssoins-8259b771/apl-82593a19"


def examples() -> Examples:
    put, body = "sso:PutApplicationAccessScope", Fields(applicationArn=ARN, scope=SCOPE)
    label = f"apl-82593a19 gets {SCOPE}"
    yield alerts("an application", request(put, **body), subject="apl-82593a19", label=label)
    yield alerts("by a pipeline", request(put, DEPLOYER, **body), severity=Severity.HIGH)
    attempt = request(put, fields={"errorCode": "AccessDeniedException"}, **body)
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    other = request(put, **body | {"scope": "codewhisperer:conversations"})
    yield silent("another scope", other)
    yield silent("refused, of what is not told", refused(put))
