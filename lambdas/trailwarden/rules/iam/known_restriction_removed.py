"""Policy that denies something removed.

The text of this policy denies its holder something, or it is the boundary of a user or role.
Without the policy, the holder may do more than before.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    policy,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.conditions import Setting
from trailwarden.policy.document import account_of, statements
from trailwarden.services.iam import (
    administration,
    entity_of,
    is_spare_version,
    policy_name,
    restricts,
)

DENIES, ALLOWS = "denies", "denies nothing"
REMOVALS = (
    "iam:DeleteGroupPolicy",
    "iam:DeletePolicy",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
)
BOUNDED = (
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
)
OVERWRITTEN = "Policy overwritten that denied something"


def detect(event: Event) -> Match | None:
    if event.action in REMOVALS:
        return removal(event)
    if event.action in BOUNDED:
        return Match(DENIES) if boundary(event) else None
    return written(event)


def written(event: Event) -> Match | None:
    """Return whether the policy denies something from now on; it may have done so before."""
    now = Setting(time=event.event_time)
    found = statements(event.get("requestParameters.policyDocument"))
    if any(statement.denies_something(now) for statement in found):
        return Match(DENIES)
    if is_spare_version(event):
        return None
    if event.caller in DEPLOYMENT or administration(event):
        return Match(ALLOWS)  # `iam.administrator_access_granted` tells of an administrator
    name, entity = policy_name(event), entity_of(event)
    label = f"{event.name} {name} of {entity}"
    return Match((label, ALLOWS), subject=f"{entity} {name}", title=OVERWRITTEN)


def removal(event: Event) -> Match | None:
    name, entity = policy_name(event), entity_of(event)
    if restricts(name):
        return None  # `iam.restriction_removed` knows that one by its name
    severity = Severity.HIGH if event.name == "DeletePolicy" else Severity.MEDIUM
    return Match(
        f"{event.name} {name} from {entity}", severity=severity, subject=f"{entity} {name}"
    )


def boundary(event: Event) -> str:
    """Return the customer's policy that a request makes a boundary."""
    arn = event.request("permissionsBoundary")
    return arn.rpartition("/")[2] if account_of(arn) else ""


def by_policy(event: Event) -> str:
    """Group by account and policy; an inline one is told apart by its holder."""
    name = boundary(event) if event.action in BOUNDED else policy_name(event)
    inline = event.name.startswith(("Put", "Delete")) and not event.request("policyArn")
    holder = entity_of(event) if inline and event.action not in BOUNDED else "customer's"
    return f"{event.recipient_account_id}/{holder}/{name}".lower()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *REMOVALS,
        *BOUNDED,
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.PRIVILEGE_ESCALATION: ["T1098"]},
    response="Ask the caller and the owner of the policy. If nobody approved it, put the policy "
    "back. Review what the users and roles did without it.",
    false_positives="An administrator replaces a policy by a newer one, by hand.",
    correlation=Learned(lesson=DENIES, ends=ALLOWS, timespan=365 * DAY, group_by=by_policy),
)

ENVIRONMENT = DEPLOYED
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/limits"
DENIAL = policy("iam:*", effect="Deny")


def examples() -> Examples:
    medium, high = Severity.MEDIUM, Severity.HIGH
    for kind in ("User", "Group", "Role"):
        written, removed = inline("Put", kind), inline("Delete", kind, day=1)
        holder = f"{kind.lower()} bob"
        yield alerts(f"from a {kind}", written, removed, severity=medium, subject=f"{holder} p")
        attached: Fields = {f"{kind.lower()}Name": "bob", "policyArn": OWN}
        detached = request(f"iam:Detach{kind}Policy", day=1, **attached)
        yield alerts(f"detached from a {kind}", created(), detached, severity=medium)
    gone = deleted()
    yield alerts("a policy", created(), gone, severity=high, label=f"DeletePolicy limits from {P}")
    version = request("iam:CreatePolicyVersion", DEPLOYER, policyArn=OWN, policyDocument=DENIAL)
    yield alerts("by a new version", version, gone)
    yield alerts("a person's own", created(by=USER), gone)
    bound: Fields = {"permissionsBoundary": OWN}
    for action in BOUNDED:
        named: Fields = {"roleName": "r"} if "Role" in action else {"userName": "bob"}
        more: Fields = {"assumeRolePolicyDocument": policy("x")} if action == BOUNDED[0] else {}
        made = request(action, DEPLOYER, **named, **bound, **more)
        yield alerts(f"a boundary, by {action}", made, gone, severity=high)
    yield alerts("a year later", created(), deleted(day=365))
    yield silent("more than a year later", created(), deleted(day=366))
    yield silent("a policy that only allows", created(policy("s3:*")), gone)
    yield from overwritten()
    yield silent("another user's", inline("Put", "User"), inline("Delete", "User", day=1, of="eve"))
    used = {**gone, "errorCode": "DeleteConflictException"}
    yield silent("a policy in use", created(), used)
    yield silent("by the pipeline", created(), deleted(by=DEPLOYER))
    boundless = request("iam:CreateUser", DEPLOYER, userName="bob")
    yield silent("a user without a boundary", boundless, gone)
    by_name = request("iam:DeletePolicy", day=1, policyArn=f"{OWN[:-6]}permissions-boundary")
    named_so = request("iam:CreatePolicy", policyName="permissions-boundary", policyDocument=DENIAL)
    yield silent("one known by its name", named_so, by_name)


def overwritten() -> Examples:
    medium, high = Severity.MEDIUM, Severity.HIGH
    loose: Fields = {"policyArn": OWN, "policyDocument": policy("s3:*")}
    new_version = "iam:CreatePolicyVersion"
    weaker = request(new_version, DEPLOYER, minute=1, **loose, setAsDefault=True)
    yield silent("a policy that denies no more", created(), weaker, deleted())
    unused = request(new_version, minute=1, **loose)
    yield alerts("a version that is not in use", created(), unused, deleted(), severity=high)
    yield silent("a version that is not in use, alone", created(), unused)
    for name, loosened in (("a day later", 1), ("a year later", 365)):
        emptied = request(new_version, day=loosened, **loose, setAsDefault="true")
        label = f"CreatePolicyVersion limits of {P}"
        yield alerts(f"emptied {name}", created(), emptied, severity=medium, label=label)
    again = request(new_version, day=2, **loose, setAsDefault=True)
    yield silent("emptied before", created(), weaker, again)
    put: Fields = {"userName": "bob", "policyName": "p", "policyDocument": policy("s3:*")}
    replaced = request("iam:PutUserPolicy", day=1, **put)
    yield alerts("an inline policy", inline("Put", "User"), replaced, subject="user bob p")
    yield silent("an inline policy that is new", replaced)
    admin = request("iam:PutUserPolicy", day=1, **put | {"policyDocument": policy("*")})
    yield silent("made an administrator's", inline("Put", "User"), admin)
    ended = {"DateLessThan": {"aws:CurrentTime": "2001-01-01T00:00:00Z"}}
    for_show = put | {"policyDocument": policy("*", effect="Deny", Condition=ended)}
    shown = request("iam:PutUserPolicy", day=1, **for_show)
    yield alerts("a denial of the past", inline("Put", "User"), shown, severity=medium)


P = "policy limits"


def inline(verb: str, kind: str, *, day: int = 0, of: str = "bob") -> Record:
    entity: Fields = {f"{kind.lower()}Name": of, "policyName": "p"}
    text: Fields = {"policyDocument": DENIAL} if verb == "Put" else {}
    by = DEPLOYER if verb == "Put" else USER
    return request(f"iam:{verb}{kind}Policy", by, day=day, **entity, **text)


def created(document: str = DENIAL, *, by: Fields = DEPLOYER) -> Record:
    return request("iam:CreatePolicy", by, policyName="limits", policyDocument=document)


def deleted(*, day: int = 1, by: Fields = USER) -> Record:
    return request("iam:DeletePolicy", by, day=day, policyArn=OWN)
