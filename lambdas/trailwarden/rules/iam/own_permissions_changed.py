"""User gave themselves permissions.

Nobody should decide on their own rights. A user who writes their own policies can do everything.
Intruders first try this with a stolen key. Where policies ask for tags, a tag is a permission, too.
"""

from trailwarden import NOBODY, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of, policy_name, tags_of

TAG = "iam:TagUser"
TAGGED = "User put a tag on themselves"


def detect(event: Event) -> Match | None:
    entity, identity = entity_of(event), event.user_identity
    own = identity.user_name or identity.arn.rpartition("/")[2]
    if entity.lower() != f"user {own}".lower():
        return None
    if "tag" in event.name.lower():
        tags = tags_of(event)
        label = f"{event.name} {', '.join(tags)}".strip()
        return Match(label, Severity.MEDIUM, entity, TAGGED) if tags or event.denied else None
    given = policy_name(event) or event.request("groupName")
    return Match(f"{event.name} {given}".strip(), subject=entity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AddUserToGroup",
        "iam:AttachUserPolicy",
        "iam:PutUserPolicy",
        "iam:TagUser",
        "iam:UntagUser",
    ],
    where={"userIdentity": {"type": ["IAMUser"]}},
    exempt=NOBODY,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the user. If they do not know of it, make their keys inactive and end their "
    "sessions. Take the permissions away again, and review their use.",
    false_positives="An administrator cleans up their own user.",
    references=["https://pathfinding.cloud/"],
)


def examples() -> Examples:
    put, alice = "iam:PutUserPolicy", iam_user("alice")
    own: Fields = {"userName": "Alice", "policyName": "p", "policyDocument": policy("*")}
    inline = request(put, alice, **own)
    yield alerts("an inline policy", inline, severity=Severity.HIGH, subject="user Alice")
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    attached = request("iam:AttachUserPolicy", alice, userName="alice", policyArn=arn)
    yield alerts("a policy", attached, label="AttachUserPolicy AmazonS3FullAccess")
    joins = request("iam:AddUserToGroup", alice, userName="alice", groupName="Admins")
    yield alerts("a group", joins, label="AddUserToGroup Admins")
    team = request(TAG, alice, userName="alice", tags=[{"key": "team", "value": "admins"}])
    yield alerts("a tag", team, severity=Severity.MEDIUM, label="TagUser team")
    untied = request("iam:UntagUser", alice, userName="alice", tagKeys=["quarantine"])
    yield alerts("a tag is gone", untied, label="UntagUser quarantine")
    hidden = {"errorMessage": f"not authorized to perform: {TAG} on resource: user alice because"}
    yield alerts("a tag refused", refused(TAG, alice, fields=hidden), severity=Severity.MEDIUM)
    text = [{"key": "AKIAIOSFODNN7EXAMPLE", "value": "laptop"}]
    yield silent("a key's description", request(TAG, alice, userName="alice", tags=text))
    message = f"User: x is not authorized to perform: {put} on resource: user alice because"
    attempt = refused(put, alice, fields={"errorMessage": message})
    yield alerts("refused", attempt, severity=Severity.MEDIUM, subject="user alice")
    other = {"errorMessage": message.replace("alice", "bob")}
    yield silent("refused for another", refused(put, alice, fields=other))
    yield silent("refused without a name", refused(put, alice))
    yield silent("for another user", request(put, **own))
    yield silent("a session of that name", request(put, assumed_role("app", "alice"), **own))
