"""Role gave itself permissions.

A role that writes its own policies can do everything. Intruders in a workload try this with the
role that they find there. Where policies ask for tags, a tag is a permission, too.
"""

from trailwarden import NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, iam_user, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_own_role, policy_name, role_of, tags_of

TAGGED = "Role put a tag on itself"


def detect(event: Event) -> Match | None:
    if not is_own_role(event):
        return None
    if "tag" in event.name.lower():
        label = f"{event.name} {', '.join(tags_of(event))}".strip()
        return Match(label, Severity.MEDIUM, role_of(event), TAGGED)
    return Match(f"{event.name} {policy_name(event)}".strip(), subject=role_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole"],
    exempt=NOBODY,
    # `iam.exempt_role_changed` watches the roles of `deploy_roles` and `security_roles`, and IAM
    # lets nobody change Identity Center's.
    callers=WORKLOADS | {Caller.SERVICE_ROLE, Caller.ROLE},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the owner of the role. If they do not know of it, revoke the role's sessions. "
    "Take the permissions away again, and review their use.",
    false_positives="A program manages its own role.",
    references=["https://pathfinding.cloud/"],
)


def examples() -> Examples:
    attach, put = "iam:AttachRolePolicy", "iam:PutRolePolicy"
    arn: Fields = {"policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    own = request(attach, ROLE, **arn, roleName="app")
    yield alerts("a policy", own, severity=Severity.HIGH, subject="app")
    document = policy("*")
    inline = request(put, ROLE, roleName="app", policyName="p", policyDocument=document)
    yield alerts("an inline policy", inline, label="PutRolePolicy p")
    team = request("iam:TagRole", ROLE, roleName="app", tags=[{"key": "team", "value": "admins"}])
    yield alerts("a tag", team, severity=Severity.MEDIUM, label="TagRole team")
    untied = request("iam:UntagRole", ROLE, roleName="app", tagKeys=["team"])
    yield alerts("a tag is gone", untied, severity=Severity.MEDIUM, label="UntagRole team")
    message = f"User: x is not authorized to perform: {put} on resource: role app because"
    attempt = refused(put, ROLE, fields={"errorMessage": message})
    yield alerts("refused", attempt, severity=Severity.MEDIUM, subject="app")
    yield silent("refused without a name", refused(put, ROLE))
    yield silent("another role", request(attach, ROLE, **arn, roleName="web"))
    yield silent("by a user of that name", request(attach, iam_user("app"), **arn, roleName="app"))
