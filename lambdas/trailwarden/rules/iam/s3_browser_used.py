"""S3 Browser used to manage IAM.

S3 Browser is a Windows program for copying files, with an IAM editor that hardly anybody uses,
except a group that lives on leaked keys: it makes users, keys and passwords with it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.user_agent import tool_of
from trailwarden.cloudtrail.values import Record

TEMPLATE = "<YOUR-BUCKET-NAME>"


def detect(event: Event) -> Match | None:
    if TEMPLATE in event.text("requestParameters.policyDocument"):
        return Match("the policy template as it comes")
    return Match(event.name[:60]) if tool_of(event.user_agent) == "S3 Browser" else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:GetLoginProfile",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.001", "T1136.003"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Ask the owner of the key whether they use S3 Browser. If not, make the key inactive, "
    "delete users, keys and passwords that it made, and find where the key leaked.",
    false_positives="A colleague who manages users with S3 Browser.",
)


def examples() -> Iterator[Example]:
    for name in ("CreateUser", "CreateAccessKey", "CreateLoginProfile", "GetLoginProfile"):
        yield alerts(name, told(name))
    refused = told("GetLoginProfile", errorCode="AccessDenied")
    yield alerts("a refused probe", refused)
    written = {"policyDocument": f'{{"Resource": "arn:aws:s3:::{TEMPLATE}/*"}}'}
    template = record("iam:PutUserPolicy", iam_user("ci"), requestParameters=written)
    yield alerts("the template, by what calls itself otherwise", template)
    yield silent("another program", told("CreateUser", userAgent="aws-cli/2.27.0"))
    written = {"policyDocument": '{"Resource": "arn:aws:s3:::photos/*"}'}
    own = record("iam:PutUserPolicy", iam_user("ci"), requestParameters=written)
    yield silent("a policy of one's own", own)


def told(name: str, **fields: Any) -> Record:
    agent = {"userAgent": "S3 Browser/11.6.7 (https://s3browser.com)"}
    return record(f"iam:{name}", iam_user("ci"), **(agent | fields))
