"""Role's handover to a service refused.

To gain permissions, an intruder gives a strong role to a function or machine. The handover has no
event of its own. Only the refusal of the request that needed it shows it.

The same refusal on three days, from a week ago on, is a principal's routine: that is LOW.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, refused
from trailwarden.correlations import DAY, of_label, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent


def detect(event: Event) -> Match:
    role = event.error_message.partition(":role/")[2].split(" ")[0]
    return Match(f"{event.action} {role}".strip(), subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    # Services report such a refusal under several error codes.
    where={
        "errorMessage": [{"wildcard": "*iam:PassRole*"}, {"wildcard": "*pass role is not allowed*"}]
    },
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Ask the caller which code should run with that role. If they did not try, revoke "
    "their sessions and keys. Look for the same attempt with other services.",
    false_positives="A new deployment lacks permissions.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"],
    correlation=routine(kind=of_label),
    window=7 * DAY,
)

REFUSED = "User: arn:aws:sts::111122223333:assumed-role/Dev/alice is not authorized to perform: "
PASSING = "iam:PassRole on resource: arn:aws:iam::111122223333:role/Admin because no policy allows"


def examples() -> Examples:
    function = call("lambda:CreateFunction20150331", REFUSED + PASSING)
    label = "lambda:CreateFunction Admin"
    yield alerts("a function", function, subject="Admin", label=label)
    crossing = "Cross-account pass role is not allowed."
    endpoint = call("glue:CreateDevEndpoint", crossing)
    yield alerts("a role of another account", endpoint, label="glue:CreateDevEndpoint")
    other = call("lambda:CreateFunction20150331", f"{REFUSED}lambda:CreateFunction")
    yield silent("another permission", other)
    yield from examples_of_daily(function, told=Severity.MEDIUM)


def call(action: str, message: str) -> Record:
    fields = {"errorMessage": message, "errorCode": "AccessDeniedException"}
    return refused(action, ROLE, fields=fields)
