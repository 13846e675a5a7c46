"""Federation token issued for an IAM user's key.

The token outlives the key: whoever holds it keeps their access after the key is deleted. It can
do no more than the session policy in the request says, so one that says everything is the sign of
somebody who came to stay.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
    root,
)
from trailwarden.cloudtrail.values import Record, listed, text_of
from trailwarden.policy.document import statements
from trailwarden.policy.escalation import escalation_actions

ADMIN_POLICIES = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    name = event.text("requestParameters.name")[:60]
    if session_is_admin(event):
        return Match(f"for {name}, as an administrator", severity=Severity.HIGH)
    return Match(f"for {name}")


def session_is_admin(event: Event) -> bool:
    """Say whether the policies in the request allow everything, or to become allowed it."""
    document = event.get("requestParameters.policy")
    attached = (
        text_of(one.get("arn") if isinstance(one, dict) else one)
        for one in listed(event.get("requestParameters.policyArns"))
    )
    return (
        any(statement.allows_everything for statement in statements(document))
        or bool(escalation_actions(document))
        or any(arn.endswith(ADMIN_POLICIES) for arn in attached)
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetFederationToken"],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"],
        Tactic.DEFENSE_EVASION: ["T1550.001"],
    },
    response="Ask the user's owner. If nobody asked for it, deny the user everything with an "
    "inline policy, because deleting the key does not end the token, and review what it did.",
    false_positives="An identity broker of your own that lets people in with narrow policies.",
)


def examples() -> Iterator[Example]:
    yield alerts("a policy that allows everything", token(policy=policy("*")))
    yield alerts("a policy that allows IAM", token(policy=policy(["iam:*", "s3:*"])))
    arns = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    yield alerts("a managed policy for administrators", token(policyArns=arns))
    in_china = token(policyArns=["arn:aws-cn:iam::aws:policy/AdministratorAccess"])
    yield alerts("the same in another partition", in_china)
    yield alerts("a narrow policy", token(policy=policy("s3:GetObject", "arn:aws:s3:::a/*")))
    yield alerts("root asks", record("sts:GetFederationToken", root(key="AKIAI44QH8DHBEXAMPLE")))
    yield silent("a request that is refused", denied("sts:GetFederationToken", iam_user("ci")))
    assumed = record("sts:GetFederationToken", assumed_role("app"))
    yield silent("a role, which cannot have one", assumed)


def token(**parameters: object) -> Record:
    request: Fields = {"name": "console", "durationSeconds": 43200} | parameters
    return record("sts:GetFederationToken", iam_user("ci"), requestParameters=request)
