"""Console password set for another user.

A password opens the console as that user, with all that the user may do. For users that are made
for programs nobody expects one; for people, a reset locks out the owner too.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_about_root, is_own_user, unattended, user_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or unattended(event) or is_own_user(event) or is_about_root(event):
        return None
    user = user_of(event)
    careful = str(event.get("requestParameters.passwordResetRequired")).lower() == "true"
    routine = careful and not event.user_identity.uses_long_term_key
    done = "set" if event.name == "CreateLoginProfile" else "changed"
    severity = Severity.MEDIUM if routine else Severity.HIGH
    return Match(f"{done} for {user}"[:100], severity=severity, subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1098.001"]},
    response="Ask the user and whoever set it. If neither knows, delete the login profile, look "
    "for console sign-ins of the user since, and contain whoever set it.",
    false_positives="A help desk that welcomes a colleague or resets a forgotten password; it "
    "makes the user choose a new one at once.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    for name in ("CreateLoginProfile", "UpdateLoginProfile"):
        yield alerts(f"a user for another, {name}", told(name, iam_user("mallory")))
        yield alerts(f"a person for a user, {name}", told(name, sso_user("alice"), careful=True))
        yield silent(f"a user's own, {name}", told(name, iam_user("alice")))
        yield silent(f"a deploy role, {name}", told(name, assumed_role("deploy")))
        yield silent(f"refused, {name}", denied(f"iam:{name}", iam_user("mallory")))


def told(name: str, by: Fields, *, careful: bool = False) -> Record:
    profile = {"userName": "alice", "passwordResetRequired": careful}
    return record(f"iam:{name}", by, requestParameters=profile)
