"""Access key created for another user.

A key of another user is a back door. It survives a changed password, works without MFA, and has all
permissions of that user.

All keys that a principal makes for others on a day are one alert.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import PERSON, ROLE, ROOT, iam_user, refused, request
from trailwarden.detection.grouping import across_accounts
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, is_own_user, user_of


def detect(event: Event) -> Match | None:
    user = user_of(event)
    if not user or is_own_user(event) or is_about_root(event):
        return None
    key = event.answer("accessKey.accessKeyId")
    return Match(f"{key} for {user}".strip(), subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    dedup=across_accounts,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1098.001"]},
    response="Ask the caller why the key is needed. If nobody can say, make it inactive with "
    "`aws iam update-access-key`. Look for its use, then contain the caller.",
    false_positives="An administrator sets up a user for a program.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"],
    story="keys of other users",
)


def examples() -> Examples:
    create, alice = "iam:CreateAccessKey", iam_user("alice")
    yield alerts("by a user", request(create, userName="alice"), severity=Severity.HIGH)
    yield alerts("by a role", request(create, ROLE, userName="alice"), subject="alice")
    yield alerts("by a person", request(create, PERSON, userName="alice"))
    yield alerts("by root", request(create, ROOT, userName="alice"))
    answer = {"accessKey": {"userName": "bob", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}
    yield alerts("named only in the answer", request(create, answer=answer), subject="bob")
    refusal = {"errorMessage": f"not authorized to perform: {create} on resource: user bob because"}
    attempt = refused(create, fields=refusal)
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject="bob")
    yield silent("the user's own key", request(create, alice, userName="Alice"))
    yield silent("no name given", request(create, alice))
    yield silent("root's own key", request(create, ROOT))
    yield silent("refused without a name", refused(create, ROLE))
    limit = {"errorCode": "LimitExceededException"}
    yield silent("a key too many", request(create, userName="alice", fields=limit))
