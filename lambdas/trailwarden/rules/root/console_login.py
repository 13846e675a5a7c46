"""Root user signed in to the console.

No IAM policy limits the root user, so people do not work as root from day to day. A sign-in is one
of the few planned tasks that need root, or an intruder.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROOT, Fields, console_login, iam_user, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import OAUTH, renews, used_mfa

BY_COMMAND_LINE = "Root user signed in to the command line"
TOKENS = (
    "signin:CreateBearerToken",
    "signin:CreateOAuth2TokenWithIAM",
    "signin:CreateOAuth2TokenWithTokenExchange",
)
"""The requests for tokens with which a service does all that the session may do."""
HELD = "Root user got a bearer token"


def detect(event: Event) -> Match | None:
    account = event.recipient_account_id
    if renews(event):
        return None
    if event.action in OAUTH:
        return Match(f"account {account}, by `aws login`", title=BY_COMMAND_LINE)
    if event.action in TOKENS:
        return Match(f"account {account}, for {event.request('resource')}", title=HELD)
    if used_mfa(event):
        return Match(f"account {account}, with MFA")
    return Match(f"account {account}, without MFA", severity=Severity.CRITICAL)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", *OAUTH, *TOKENS],
    exempt=NOBODY,
    callers=frozenset({Caller.ROOT}),
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the account. If they did not sign in, recover the root user through "
    "AWS Support. Change its password and MFA device, then review the acts of the session.",
    false_positives="Tasks that only root can do, such as closing the account.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)


def examples() -> Examples:
    label = f"account {ACCOUNT}, without MFA"
    without = console_login(ROOT)
    yield alerts("without MFA", without, severity=Severity.CRITICAL, label=label)
    yield alerts("with MFA", console_login(ROOT, mfa=True), severity=Severity.HIGH)
    client: Fields = {"client_id": "arn:aws:signin:::devtools/cross-device"}
    for action in OAUTH:
        token = request(action, ROOT, **client)
        label = f"account {ACCOUNT}, by `aws login`"
        yield alerts(action, token, severity=Severity.HIGH, label=label)
    for action in TOKENS:
        token = request(action, ROOT, grantType="client_credentials", resource="ecr.amazonaws.com")
        label = f"account {ACCOUNT}, for ecr.amazonaws.com"
        yield alerts(action, token, severity=Severity.HIGH, label=label)
    refresh = {"additionalEventData": {"grant_type": "refresh_token", "success": "true"}}
    yield silent("the token is renewed", request(OAUTH[1], ROOT, fields=refresh, **client))
    failure = {"additionalEventData": {"grant_type": "authorization_code", "success": "false"}}
    yield silent("no token is given", request(OAUTH[1], ROOT, fields=failure, **client))
    yield silent("an IAM user signs in", console_login(iam_user("alice", key="")))
