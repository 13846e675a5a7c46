"""Administrator access granted.

An administrator can undo every other control. Intruders take that right first, with one request
that attaches a policy, writes one, or prepares one.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, Fields, policy, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.conditions import Truth
from trailwarden.services.iam import administration, entity_of, is_spare_version, policy_name


def detect(event: Event) -> Match | None:
    written = administration(event)
    if not (written or attaches_everything(event)):
        return None
    entity = entity_of(event)
    return Match(f"to {entity}", severity=severity(event, written), subject=entity)


def attaches_everything(event: Event) -> bool:
    """Say whether the request attaches `AdministratorAccess`; other policies have another rule."""
    attached = event.name.startswith("Attach") and policy_name(event) == "AdministratorAccess"
    return attached and ":aws:policy/" in event.request("policyArn")


def severity(event: Event, written: Truth) -> Severity:
    """Return less for a policy that is not in use yet, and for one with conditions."""
    waits = event.name == "CreatePolicy" or is_spare_version(event)
    limited = written is Truth.SOMETIMES
    return Severity.MEDIUM if waits or limited else Severity.HIGH


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Ask the caller who approved it. If nobody did, detach or delete the policy. Contain "
    "the caller and the new administrator, and review what both did since.",
    false_positives="Administrators set up a new account, or appoint a colleague.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"],
    story="an administrator made",
)

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def examples() -> Examples:
    high, medium = Severity.HIGH, Severity.MEDIUM
    yield alerts("to a user", attached("User"), severity=high, subject="user target")
    yield alerts("to a group", attached("Group"), subject="group target")
    yield alerts("to a role", attached("Role", by=PERSON), subject="role target")
    yield alerts("in China", attached("Role", ADMIN.replace(":aws:", ":aws-cn:", 1)))
    for kind in ("User", "Group", "Role"):
        yield alerts(f"inline, to a {kind}", inline(policy("*"), kind), severity=high)
    yield alerts("inline, with all of IAM", inline(policy(["s3:Get*", "iam:*"])), severity=high)
    yield alerts("inline, for all but a little", inline(policy([], NotAction="aws-portal:*")))
    here = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    yield alerts("inline, in one Region", inline(policy("*", Condition=here)), severity=medium)
    document = policy("*")
    prepared = request("iam:CreatePolicy", policyName="p", policyDocument=document)
    yield alerts("a policy to attach later", prepared, severity=medium, subject="policy p")
    version: Fields = {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/p", "policyDocument": document}
    in_use = request("iam:CreatePolicyVersion", **version, setAsDefault=True)
    yield alerts("a version in use", in_use, severity=high)
    yield alerts("a version", request("iam:CreatePolicyVersion", **version), severity=medium)
    yield silent("another policy", attached("User", ADMIN.replace("Admin", "ReadAdmin")))
    yield silent("all of S3", inline(policy("s3:*")))
    own = "arn:aws:iam::*:user/${aws:username}"
    yield alerts("inline, with all of IAM over itself", inline(policy("iam:*", own)), severity=high)
    always = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    yield alerts("inline, in the account", inline(policy("*", Condition=always)), severity=high)
    keys = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetUser"]
    yield silent("one's own keys", inline(policy(keys, own)))
    yield silent("a denial", inline(policy("*", effect="Deny")))
    yield silent("a user who is not there", {**attached("User"), "errorCode": "NoSuchEntity"})


def attached(kind: str, arn: str = ADMIN, by: Fields | None = None) -> Record:
    entity: Fields = {f"{kind.lower()}Name": "target"}
    return request(f"iam:Attach{kind}Policy", by, policyArn=arn, **entity)


def inline(document: str, kind: str = "User") -> Record:
    entity: Fields = {f"{kind.lower()}Name": "target"}
    return request(f"iam:Put{kind}Policy", policyName="p", policyDocument=document, **entity)
