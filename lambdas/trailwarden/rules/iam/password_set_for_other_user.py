"""Console password set for another user.

A password opens the console with all rights of that user. Programs need no password. For people, a
reset also locks out the owner.
"""

from trailwarden import AWS_ITSELF, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import PERSON, ROLE, ROOT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, is_own_user, user_of

ACTS = {
    "CreateLoginProfile": "Console password set for another user",
    "UpdateLoginProfile": "Console password of another user changed",
}


def detect(event: Event) -> Match | None:
    user = user_of(event)
    if not user or is_own_user(event) or is_about_root(event):
        return None
    careful = str(event.get("requestParameters.passwordResetRequired")).lower() == "true"
    routine = careful and event.caller is not Caller.ACCESS_KEY
    severity = Severity.MEDIUM if routine else Severity.HIGH
    return Match(f"of {user}", severity=severity, subject=user, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1098.001"]},
    response="Ask the user and the caller. If neither knows of it, delete the login profile, and "
    "contain the caller. Look for console sign-ins of the user since.",
    false_positives="A help desk welcomes a colleague, or resets a forgotten password. It makes "
    "the user choose a new one at once.",
)


def examples() -> Examples:
    create, update, alice = "iam:CreateLoginProfile", "iam:UpdateLoginProfile", iam_user("alice")
    for_good: Fields = {"userName": "alice", "passwordResetRequired": False}
    to_change: Fields = {"userName": "alice", "passwordResetRequired": True}
    yield alerts("set", request(create, **for_good), severity=Severity.HIGH, subject="alice")
    yield alerts("changed", request(update, **for_good), severity=Severity.HIGH)
    yield alerts(
        "to change, by a person", request(update, PERSON, **to_change), severity=Severity.MEDIUM
    )
    yield alerts("to change, with a key", request(update, **to_change), severity=Severity.HIGH)
    refusal = {"errorMessage": f"not authorized to perform: {create} on resource: user bob because"}
    attempt = refused(create, fields=refusal)
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="bob")
    yield silent("the user's own", request(update, alice, **for_good))
    yield silent("root's own", request(create, ROOT, passwordResetRequired=False))
    yield silent("refused without a name", refused(create, ROLE))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a user without a password", request(update, **for_good, fields=absent))
