"""IAM changed from CloudShell.

CloudShell turns a console session into a command line inside AWS, without a key. An intruder in a
stolen session uses it to make access that lasts.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import SENSITIVE_CHANGES, entity_of


def detect(event: Event) -> Match:
    return Match(f"{event.name} {entity_of(event)}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CHANGES,
    where={"userAgent": [{"wildcard": "*exec-env/CloudShell*"}]},
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1136.003"], Tactic.EXECUTION: ["T1059.009"]},
    response="Ask the person. If it was not them, end their console sessions and undo the change. "
    "Look at the sign-in that began the session, its address, and MFA.",
    false_positives="Administrators who like CloudShell.",
)


def examples() -> Examples:
    create = "iam:CreateAccessKey"
    agent = "aws-cli/2.27.0 md/awscrt#0.26.1 exec-env/CloudShell lang/python#3.13"
    shell = {"userAgent": agent}
    key = request(create, userName="bob", fields=shell)
    yield alerts("a key", key, label="CreateAccessKey user bob")
    yield silent("at another command line", request(create, userName="bob"))
    stack = request(create, via="cloudformation", userName="bob", fields=shell)
    yield silent("through a service, which has its own program", stack)
