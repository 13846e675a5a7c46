"""Administrator access given to a user, group or role.

Whoever may do everything can undo every other control. Intruders give themselves that right
first; it takes one call, by attaching a policy or by writing one.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
    service_linked_role,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.document import Statement
from trailwarden.services.iam import administration, attaches_administration, entity_of, unattended


def detect(event: Event) -> Match | None:
    written = administration(event)
    if not event.succeeded or not (written or attaches_administration(event)):
        return None
    entity = entity_of(event)
    if unattended(event) and not entity.startswith("user "):
        return None
    return Match(f"to {entity}", severity=severity(event, written), subject=entity)


def severity(event: Event, written: list[Statement]) -> Severity:
    """Return less for what takes no effect yet, is conditional, or a service does for somebody."""
    default = str(event.get("requestParameters.setAsDefault")).lower() == "true"
    waits = event.name == "CreatePolicy" or (event.name == "CreatePolicyVersion" and not default)
    limited = bool(written) and all(statement.is_conditional for statement in written)
    return Severity.MEDIUM if waits or limited or event.by_service else Severity.HIGH


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
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Ask whoever gave it and whoever approved it. If nobody did, detach or delete the "
    "policy, contain both the giver and the receiver, and review what either did since.",
    false_positives="The first set-up of an account, and administrators who appoint another.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def examples() -> Iterator[Example]:
    mallory, deploy = iam_user("mallory"), assumed_role("deploy")
    yield alerts("to a user", attached(mallory, "User"))
    yield alerts("to a group", attached(mallory, "Group"))
    yield alerts("to a role", attached(sso_user("eve"), "Role"))
    yield alerts("in China", attached(mallory, "Role", ADMIN.replace(":aws:", ":aws-cn:", 1)))
    yield alerts("to a user, by a deploy role", attached(deploy, "User"))
    yield alerts("inline", inline(policy("*")))
    yield alerts("inline, with all of IAM", inline(policy(["s3:Get*", "iam:*"])))
    yield alerts("inline, for all but a little", inline(policy([], NotAction="aws-portal:*")))
    here = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    yield alerts("inline, in one Region", inline(policy("*", Condition=here)))
    yield alerts("a policy to attach later", managed("CreatePolicy", policyName="p"))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    yield alerts("a version", managed("CreatePolicyVersion", policyArn=arn, setAsDefault=True))
    yield silent("to a role, by a deploy role", attached(deploy, "Role"))
    single_sign_on = service_linked_role("AWSServiceRoleForSSO", "sso")
    yield silent("to a role, by IAM Identity Center", attached(single_sign_on, "Role"))
    yield silent("another policy", attached(mallory, "User", ADMIN.replace("Admin", "ReadAdmin")))
    yield silent("all of S3", inline(policy("s3:*")))
    yield silent("one's own user", inline(policy("iam:*", "arn:aws:iam::*:user/${aws:username}")))
    yield silent("a denial", inline(policy("*", effect="Deny")))
    yield silent("refused", denied("iam:AttachUserPolicy", mallory))


def attached(by: Fields, kind: str, arn: str = ADMIN) -> Record:
    told = {f"{kind.lower()}Name": "target", "policyArn": arn}
    return record(f"iam:Attach{kind}Policy", by, requestParameters=told)


def inline(document: str) -> Record:
    told = {"userName": "bob", "policyName": "p", "policyDocument": document}
    return record("iam:PutUserPolicy", iam_user("mallory"), requestParameters=told)


def managed(name: str, **told: object) -> Record:
    told |= {"policyDocument": policy("*")}
    return record(f"iam:{name}", iam_user("mallory"), requestParameters=told)
