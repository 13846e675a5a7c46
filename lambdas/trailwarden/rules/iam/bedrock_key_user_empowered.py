"""User of a Bedrock API key given other credentials or rights.

The console makes a user whose name begins with BedrockAPIKey- for each long-term Bedrock key.
Nobody looks at these users, which makes them a good place to hide a key or a policy.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import user_of

PREFIX = "BedrockAPIKey-"


def detect(event: Event) -> Match | None:
    user = user_of(event)
    if not event.succeeded or not user.startswith(PREFIX) or belongs(event):
        return None
    return Match(f"{event.name} on {user}"[:100], subject=user)


def belongs(event: Event) -> bool:
    """Say whether the console does so whenever it makes a Bedrock key."""
    service = event.text("requestParameters.serviceName")
    return service == "bedrock.amazonaws.com" or (
        event.name == "AttachUserPolicy"
        and event.text("requestParameters.policyArn").endswith("/AmazonBedrockLimitedAccess")
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AddUserToGroup",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:PutUserPolicy",
        "iam:UpdateLoginProfile",
        "iam:UploadSSHPublicKey",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Take the credential or policy away again, contain whoever added it, and look for "
    "what the user did. Replace the Bedrock key by a short-term one.",
    false_positives="A developer who gives the key's user access to more models.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("an access key", told("CreateAccessKey"))
    yield alerts("a password", told("CreateLoginProfile"))
    yield alerts("a policy", told("PutUserPolicy", policyName="p"))
    managed = "arn:aws:iam::aws:policy/"
    more = told("AttachUserPolicy", policyArn=f"{managed}AmazonS3FullAccess")
    yield alerts("a managed policy", more)
    own = told("AttachUserPolicy", policyArn=f"{managed}AmazonBedrockLimitedAccess")
    yield silent("the policy that belongs to it", own)
    bedrock = told("CreateServiceSpecificCredential", serviceName="bedrock.amazonaws.com")
    yield silent("the Bedrock key", bedrock)
    yield silent("another user", told("CreateAccessKey", userName="alice"))
    yield silent("refused", denied("iam:CreateAccessKey", iam_user("mallory")))


def told(action: str, **what: str) -> Record:
    named = {"userName": f"{PREFIX}a1b2"} | what
    return record(f"iam:{action}", iam_user("mallory"), requestParameters=named)
