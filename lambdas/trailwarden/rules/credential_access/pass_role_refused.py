"""Role's handover to a service refused.

Giving a strong role to a function or machine that one controls is the usual way up. Handing over
has no event of its own, only a refusal inside the call that needed it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",))


def detect(event: Event) -> str | None:
    if event.by_automation:
        return None
    role = event.error_message.partition(":role/")[2].split(" ")[0][:80]
    return f"{event.action[:80]} {role}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "errorMessage": [{"wildcard": "*iam:PassRole*"}, {"wildcard": "*pass role is not allowed*"}]
    },
    severity=Severity.MEDIUM,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1548.005"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Ask the caller what they wanted to run as that role. If they did not try, revoke "
    "their sessions and keys, and look for other services they tried it with.",
    false_positives="A new deployment whose permissions are not complete yet.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"],
)

REFUSED = "User: arn:aws:sts::111122223333:assumed-role/Dev/alice is not authorized to perform: "
PASSING = "iam:PassRole on resource: arn:aws:iam::111122223333:role/Admin because no policy allows"


def examples() -> Iterator[Example]:
    yield alerts("a function", call("lambda:CreateFunction20150331", REFUSED + PASSING))
    crossing = "Cross-account pass role is not allowed."
    yield alerts("another account's", call("glue:CreateDevEndpoint", crossing))
    yield silent("another permission", call("lambda:CreateFunction20150331", REFUSED + "lambda:x"))
    yield silent("deployed", call("lambda:CreateFunction20150331", PASSING, role="Deploy"))


def call(action: str, message: str, *, role: str = "Dev") -> Record:
    fields: dict[str, Any] = {"errorMessage": message, "errorCode": "AccessDeniedException"}
    return denied(action, assumed_role(role, "alice"), **fields)
