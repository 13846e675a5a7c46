"""Root user signed in to the console.

No IAM policy limits the root user, so nobody works as root from day to day. A sign-in is either
one of the few tasks that need root, planned beforehand, or somebody who owns the account now.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user, root


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    if event.text("additionalEventData.MFAUsed").lower() == "yes":
        return Match("with MFA")
    return Match("without MFA", severity=Severity.CRITICAL)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    where={"userIdentity": {"type": ["Root"]}},
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the account. If they did not sign in, recover the root user through "
    "AWS Support, change its password and MFA device, then review what the session did.",
    false_positives="Tasks that only root can do, such as closing the account.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("root signs in", console_login(root()))
    yield alerts("root signs in with MFA", console_login(root(), mfa=True))
    yield silent("root mistypes the password", console_login(root(), succeeds=False))
    yield silent("an IAM user signs in", console_login(iam_user("alice")))
