"""New API key of Bedrock used for the first time.

An API key is a bearer token: its holder runs models at the account's cost. An intruder makes one
for a user, and sells its use. The first use shows that somebody has it.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, iam_user, request
from trailwarden.correlations import DAY
from trailwarden.detection.first_entry import FirstEntry
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import user_of
from trailwarden.services.signin import by_bearer_token

USES = (
    "bedrock:ApplyGuardrail",
    "bedrock:Converse",
    "bedrock:ConverseStream",
    "bedrock:CreateModelInvocationJob",
    "bedrock:GetFoundationModel",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles",
    "bedrock:StartAsyncInvoke",
)
MADE, USED = "API key created", "API key used"


def detect(event: Event) -> Match | None:
    if event.service == "iam":
        service = event.request("serviceName") or event.answer(
            "serviceSpecificCredential.serviceName"
        )
        made = event.succeeded and service.startswith("bedrock")
        return Match(MADE, subject=user_of(event)) if made else None
    used = by_bearer_token(event) and user_of(event)
    return Match(USED, subject=user_of(event)) if used else None


def by_user(event: Event) -> str:
    """Group by the account and the user of the key."""
    return f"{event.recipient_account_id}/{user_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*USES, "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.IMPACT: ["T1496"]},
    response="Ask the user and the principal that made the key. If neither knows of it, delete the "
    "key, and look at the models and addresses of its use.",
    false_positives="A developer makes a key, and tries it.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"],
    correlation=FirstEntry(made=MADE, timespan=90 * DAY, group_by=by_user),
    dedup=by_user,
)

SINCE = ", since 2025-06-02 12:00"


def examples() -> Examples:
    yield alerts("a model", used(), created(), subject="alice", label=f"{USED}{SINCE}")
    for action in USES:
        name = action.partition(":")[2]
        yield alerts(f"{name}, days later", created(), used(name, day=6))
    reset = created("ResetServiceSpecificCredential")
    yield alerts("a key that was reset", reset, used(), subject="alice")
    refusal = {**used(), "errorCode": "AccessDeniedException"}
    yield alerts("a model that is refused", created(), refusal)
    yield alerts("months later", created(), used(day=90), label=f"{USED}{SINCE}")
    yield silent("after more than three months", created(), used(day=91))
    yield silent("another user's key", created(), used(user="bob"))
    yield silent("without the key", created(), used(token=False))
    code = created(service="codecommit.amazonaws.com")
    yield silent("a key of another service", code, used())
    wrong = {**created(), "errorCode": "AccessDenied"}
    yield silent("a key that was refused", wrong, used())
    yield silent("the use comes first", used(), {**created(), "eventTime": "2025-06-05T12:00:00Z"})


def created(
    name: str = "CreateServiceSpecificCredential", *, service: str = "bedrock.amazonaws.com"
) -> Record:
    answer = {"serviceSpecificCredential": {"userName": "alice", "serviceName": service}}
    named: Fields = {"userName": "alice"}
    if name.startswith("Reset"):
        named["serviceSpecificCredentialId"] = "ACCAEXAMPLE"
    else:
        named["serviceName"] = service
    return request(f"iam:{name}", answer=answer, **named)


def used(
    name: str = "InvokeModel", *, day: float = 1, user: str = "alice", token: bool = True
) -> Record:
    fields = {"additionalEventData": {"callWithBearerToken": True}} if token else {}
    return request(f"bedrock:{name}", iam_user(user, key=""), day=day, fields=fields)
