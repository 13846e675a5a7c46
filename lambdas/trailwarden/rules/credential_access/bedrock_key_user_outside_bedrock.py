"""User of a Bedrock API key acted outside Bedrock.

An API key for Bedrock comes with an IAM user that AWS made, and that people forget. An act outside
Bedrock needs another key, or more permissions. An intruder may have added both.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, USER, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent

ON_DUTY = ("aws-marketplace", "bedrock", "signin")
HARMLESS = frozenset({"sts:GetCallerIdentity"})


def detect(event: Event) -> Match | None:
    on_duty = event.service.startswith(ON_DUTY) or event.via.startswith(ON_DUTY)
    if on_duty or event.action in HARMLESS:
        return None
    user = event.user_identity.user_name
    return Match(f"{user} called {event.action}", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["IAMUser"], "userName": [{"prefix": "BedrockAPIKey-"}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ACCESS_KEY, Caller.PERSON}),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1078.004"], Tactic.PERSISTENCE: ["T1078.004"]},
    response="Delete the user's access keys, password and API keys. Then find out who gave it more "
    "than Bedrock, and review its acts.",
    false_positives="None known: these users exist for Bedrock alone.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"],
)


def examples() -> Examples:
    name = "BedrockAPIKey-a1b2"
    by_key, by_password = iam_user(name), iam_user(name, key="")
    yield alerts("in the console", request("s3:ListBuckets", by_password), subject=name)
    created = request("iam:CreateUser", by_key, userName="bob")
    yield alerts("a user created", created, label=f"{name} called iam:CreateUser")
    yield alerts("refused", refused("ec2:RunInstances", by_key))
    yield silent("a model", request("bedrock:InvokeModel", by_key))
    yield silent("an agreement", request("aws-marketplace:Subscribe", by_key))
    decryption = request("kms:Decrypt", by_key, via="bedrock")
    yield silent("Bedrock reads with the user's permissions", decryption)
    yield silent("the own identity", request("sts:GetCallerIdentity", by_key))
    yield silent("another user", request("iam:CreateUser", USER, userName="bob"))
    guest = by_key | {"accountId": OTHER_ACCOUNT}
    yield silent("of an unknown account", request("s3:ListBuckets", guest))
