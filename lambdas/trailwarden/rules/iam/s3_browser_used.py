"""S3 Browser used to manage IAM.

S3 Browser is a Windows program for copying files, with an IAM editor that few people use. One group
lives on leaked keys, and makes users, keys and passwords with it.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, refused, request
from trailwarden.cloudtrail.user_agent import tool_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of

TEMPLATE = "<YOUR-BUCKET-NAME>"


def detect(event: Event) -> Match | None:
    is_template = TEMPLATE in event.request("policyDocument")
    tool = tool_of(event.user_agent)
    if not is_template and (tool != "S3 Browser" or tool in event.environment.known_tools):
        return None
    detail = ", with the program's policy template" if is_template else ""
    return Match(f"{event.name} {entity_of(event)}".strip() + detail)


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
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.001", "T1136.003"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Ask the owner of the key whether they use S3 Browser. If not, make the key inactive. "
    "Delete the users, keys and passwords that it made, and find where the key leaked.",
    false_positives="A colleague manages users with S3 Browser.",
)


def examples() -> Examples:
    create, put = "iam:CreateUser", "iam:PutUserPolicy"
    browser = {"userAgent": "S3 Browser/11.6.7 (https://s3browser.com)"}
    made = request(create, userName="bob", fields=browser)
    yield alerts("a user", made, label="CreateUser user bob")
    yield alerts("a refused probe", refused("iam:GetLoginProfile", fields=browser))
    inline: Fields = {"userName": "bob", "policyName": "p"}
    document = policy("s3:*", f"arn:aws:s3:::{TEMPLATE}/*")
    template = request(put, **inline, policyDocument=document)
    yield alerts("the template, by a program of another name", template)
    yield silent("another program", request(create, userName="bob"))
    document = policy("s3:*", "arn:aws:s3:::photos/*")
    yield silent("another policy", request(put, **inline, policyDocument=document))
    stack = request(create, userName="bob", via="cloudformation", fields=browser)
    yield silent("through a service, which has its own program", stack)
