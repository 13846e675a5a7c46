"""Bearer token used for a principal that used none before.

A bearer token stands for the sessions and keys of a principal, and can be copied into any program.
Programs have theirs for years. A thief of a session makes one to use it elsewhere.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, ROLE, Fields, iam_user, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    severity = Severity.LOW if event.caller is Caller.PERSON else None
    return Match(event.actor, severity=severity, subject=event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:*"],
    where={"additionalEventData": {"callWithBearerToken": [True, "true"]}},
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1550.001"], Tactic.IMPACT: ["T1496.004"]},
    response="Ask the owner of the principal whether they made an API key. If not, revoke the "
    "principal's sessions, and delete its service-specific credentials.",
    false_positives="A developer tries an API key of Bedrock.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html"],
    correlation=first_use(by_account, days=60),
)


def examples() -> Examples:
    usual = called(iam_user("BedrockAPIKey-abcd", key=""))
    new = called(ROLE, day=7)
    yield alerts("a role", usual, new, severity=Severity.MEDIUM, subject=str(ROLE_ARN))
    text = called(ROLE, day=8, flag="true")
    yield alerts("with a flag that is text", usual, text)
    yield alerts("a person", usual, called(PERSON, day=8), severity=Severity.LOW)
    refusal = {**new, "errorCode": "AccessDeniedException"}
    yield alerts("a model that is refused", usual, refusal)
    yield silent("the same user", usual, called(iam_user("BedrockAPIKey-abcd", key=""), day=8))
    yield silent("in the first week", usual, called(ROLE, day=6))
    yield silent("signed with a key", usual, called(ROLE, day=8, flag=False))
    elsewhere = {**new, "recipientAccountId": "444455556666"}
    yield silent("in another account, which is new", usual, elsewhere)


ROLE_ARN = "arn:aws:iam::111122223333:role/app"


def called(by: Fields, *, day: float = 0, flag: bool | str = True) -> Record:
    fields = {"additionalEventData": {"callWithBearerToken": flag}}
    return request("bedrock:InvokeModel", by, day=day, fields=fields)
