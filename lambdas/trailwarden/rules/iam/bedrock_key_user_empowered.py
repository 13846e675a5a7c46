"""User of a Bedrock API key given more rights.

The console makes a user whose name begins with BedrockAPIKey- for each long-term Bedrock key.
Nobody looks at these users, so intruders hide keys and policies there.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import user_of

PREFIX = "BedrockAPIKey-"
ACTS = {
    "AddUserToGroup": "User of a Bedrock API key added to a group",
    "AttachUserPolicy": "Policy attached to the user of a Bedrock API key",
    "CreateAccessKey": "Access key created for the user of a Bedrock API key",
    "CreateLoginProfile": "Password set for the user of a Bedrock API key",
    "CreateServiceSpecificCredential": "Credential created for the user of a Bedrock API key",
    "PutUserPolicy": "Policy written for the user of a Bedrock API key",
    "UpdateLoginProfile": "Password changed for the user of a Bedrock API key",
    "UploadSSHPublicKey": "SSH key added to the user of a Bedrock API key",
}


def detect(event: Event) -> Match | None:
    user = user_of(event)
    if not user.startswith(PREFIX) or belongs(event):
        return None
    return Match(f"{event.name} on {user}", subject=user, title=ACTS[event.name])


def belongs(event: Event) -> bool:
    """Say whether the console makes the same request whenever it makes a Bedrock key."""
    policy = event.request("policyArn")
    limited = event.name == "AttachUserPolicy" and policy.endswith("/AmazonBedrockLimitedAccess")
    return limited or event.request("serviceName") == "bedrock.amazonaws.com"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Take the credential or policy away again, and contain the caller. Look at the acts "
    "of the user. Replace the Bedrock key by a short-term one.",
    false_positives="A developer gives the key's user access to more models.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"],
)


def examples() -> Examples:
    user: Fields = {"userName": f"{PREFIX}a1b2"}
    key = request("iam:CreateAccessKey", **user)
    yield alerts("an access key", key, subject=f"{PREFIX}a1b2")
    yield alerts("a password", request("iam:CreateLoginProfile", **user))
    inline = request("iam:PutUserPolicy", **user, policyName="p", policyDocument=policy("*"))
    yield alerts("a policy", inline)
    arn = "arn:aws:iam::aws:policy/"
    wide = request("iam:AttachUserPolicy", **user, policyArn=f"{arn}AmazonS3FullAccess")
    yield alerts("a managed policy", wide)
    own = request("iam:AttachUserPolicy", **user, policyArn=f"{arn}AmazonBedrockLimitedAccess")
    yield silent("the policy that belongs to it", own)
    service: Fields = {"serviceName": "bedrock.amazonaws.com"}
    bedrock = request("iam:CreateServiceSpecificCredential", **user, **service)
    yield silent("the Bedrock key", bedrock)
    yield silent("another user", request("iam:CreateAccessKey", userName="alice"))
    yield silent("a key too many", {**key, "errorCode": "LimitExceededException"})
