"""Users, keys or policies changed from CloudShell.

CloudShell turns a console session into a command line, inside AWS and without a key. Somebody who
has stolen a session works with it to make access that lasts.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import SENSITIVE_CHANGES, entity_of

CLOUDSHELL = "exec-env/CloudShell"


def detect(event: Event) -> Match | None:
    if not event.succeeded or CLOUDSHELL not in event.user_agent:
        return None
    return Match(f"{event.name} {entity_of(event)}"[:100])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CHANGES,
    where={"userAgent": [{"wildcard": f"*{CLOUDSHELL}*"}]},
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001", "T1136.003"],
        Tactic.EXECUTION: ["T1059.009"],
    },
    response="Ask the person. If it was not them, end their console sessions, undo the change, and "
    "look at how the session began: the sign-in, its address, and MFA.",
    false_positives="Administrators who like CloudShell.",
)


def examples() -> Iterator[Example]:
    yield alerts("a key", told("CreateAccessKey"))
    yield alerts("a role's policy", told("AttachRolePolicy"))
    yield silent("at the own command line", told("CreateAccessKey", userAgent="aws-cli/2.27.0"))
    yield silent("refused", told("CreateAccessKey", errorCode="AccessDenied"))


def told(name: str, **fields: Any) -> Record:
    shell = {"userAgent": "aws-cli/2.27.0 md/awscrt#0.26.1 exec-env/CloudShell lang/python#3.13"}
    return record(f"iam:{name}", iam_user("alice"), **(shell | fields))
