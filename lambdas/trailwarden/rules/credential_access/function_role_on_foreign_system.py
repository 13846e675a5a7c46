"""Function's credentials used on a system of another kind.

Lambda and CodeBuild run everything on Amazon's own Linux, and SDKs say which system they run on. A
function's credentials on a laptop, or on another cloud's machine, have been taken out of it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.actions import CREDENTIAL_CALLS, SENSITIVE_CALLS, SWEEPS


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    is_function = identity.text("inScopeOf.issuerType") == "AWS::Lambda::Function"
    if not is_function and not identity.session_name.startswith("AWSCodeBuild-"):
        return None
    system = system_of(event.user_agent)
    if event.by_service or system in {"", "Linux (amzn)"}:
        return None
    if not is_function and system == "Windows":  # CodeBuild has Windows too
        return None
    role = identity.role_name[:100]
    return Match(f"{role} on {system}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS],
    where={"userIdentity": {"type": ["AssumedRole"]}, **NOT_BY_SERVICE},
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Revoke the role's sessions and look for what gave them away: a function's "
    "environment is readable by any code in it. Read what was done from that address.",
    false_positives="A developer who runs a function's code at home with its credentials.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"
    ],
)

LAMBDA = "Boto3/1.34.145 md/Botocore#1.34.145 os/linux#5.10.219-229.866.amzn2.x86_64"
LAPTOP = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"


def examples() -> Iterator[Example]:
    scope = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:f"}
    function = assumed_role("Thumbnails", "thumbnails") | {"inScopeOf": scope}
    build = assumed_role("Build", "AWSCodeBuild-2f5e0d4c")
    yield alerts("a laptop", call(function, LAPTOP))
    yield alerts("another cloud", call(function, "Boto3/1.35 os/linux#6.8.0-1017-azure"))
    yield alerts("a build's", call(build, LAPTOP))
    yield silent("Lambda", call(function, LAMBDA))
    yield silent("no system told", call(function, "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22"))
    yield silent("a person", call(assumed_role("Thumbnails", "alice"), LAPTOP))


def call(who: dict[str, Any], user_agent: str) -> Record:
    return record("s3:ListBuckets", who, userAgent=user_agent)
