"""Program or key refused to create a user.

The first thing that many intruders try with a found key is to create a user that they keep. A
program that is refused is not looking for work: its key is in somebody else's hands.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    assumed_role,
    denied,
    iam_user,
    instance_role,
    record,
    sso_user,
)
from trailwarden.services.iam import from_console


def detect(event: Event) -> bool:
    if not event.denied or event.by_automation or from_console(event):
        return False
    identity = event.user_identity
    return identity.uses_long_term_key or (identity.is_assumed_role and not identity.is_sso_role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateUser", "iam:CreateLoginProfile"],
    where={"errorCode": [{"exists": True}]},
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Ask the owner of the key or role. If they did not try, disable it, look for what "
    "else was tried and what succeeded, and find where the credentials leaked.",
    false_positives="A person at the command line, or a deployment that lacks a permission.",
)


def examples() -> Iterator[Example]:
    yield alerts("a long-term key", denied("iam:CreateUser", iam_user("ci")))
    yield alerts("an instance", denied("iam:CreateUser", instance_role("web")))
    yield alerts("a role", denied("iam:CreateLoginProfile", assumed_role("app")))
    yield silent("a person", denied("iam:CreateUser", sso_user("alice", "ReadOnlyAccess")))
    console = denied("iam:CreateUser", iam_user("bob"), sessionCredentialFromConsole="true")
    yield silent("a person in the console", console)
    exists = record("iam:CreateUser", iam_user("ci"), errorCode="EntityAlreadyExistsException")
    yield silent("a name that is taken", exists)
    yield silent("no refusal", record("iam:CreateUser", iam_user("ci")))
