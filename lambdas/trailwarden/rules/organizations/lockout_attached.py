"""Policy that denies everything attached to accounts.

Such a policy outranks each permission in an account, even those of its root user. Only the
management account can lift it. One request holds whole accounts for ransom.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, policy, request
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.organizations import GUARDRAILS, guardrail_of, left_by_guardrail

LOCKS, SPARES, HOLDS = "locks out", "spares somebody", "is held by"
MOVED = "Account moved under a policy that denies everything"


def detect(event: Event) -> Match | None:
    if event.name == "MoveAccount":
        unit = event.request("destinationParentId")
        return Match(f"{unit}/*", subject=event.request("accountId"), title=MOVED) if unit else None
    name, target = guardrail_of(event), event.request("targetId")
    if not name:
        return None
    if target:
        return attachment(event, name, target)
    if event.denied or (event.name == "UpdatePolicy" and not event.request("content")):
        return None  # only its name changed
    is_lock = event.action in GUARDRAILS and left_by_guardrail(event)
    return Match(f"{LOCKS if is_lock else SPARES}: {name}")


def attachment(event: Event, name: str, target: str) -> Match | None:
    """Return which policy a target holds from now on; to attach one is an act, too."""
    is_attached = event.name == "AttachPolicy"
    held = f"{HOLDS}: {target}/{name} = {name if is_attached else 'nobody'}"
    if event.denied:
        return Match(name, subject=target) if is_attached else None
    return Match([name, held] if is_attached else held, subject=target)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:AttachPolicy",
        "organizations:DeletePolicy",
        "organizations:DetachPolicy",
        "organizations:MoveAccount",
        *GUARDRAILS,
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1531", "T1486"]},
    response="Detach the policy in the management account. Ask the caller. If they cannot explain "
    "it, disable their credentials first, and look at what else they attached.",
    false_positives="An account is closed or put into quarantine. Compare with the request.",
    correlation=Learned(
        lesson=LOCKS, ends=SPARES, bears=HOLDS, timespan=400 * DAY, group_by=by_account
    ),
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
    ],
)

ENVIRONMENT = DEPLOYED
CREATE, UPDATE, DELETE = "organizations:CreatePolicy", GUARDRAILS[1], RULE.events[1]
DETACH, MOVE = RULE.events[2:4]
ME = f"arn:aws:iam::{ACCOUNT}:user/mallory"
BREAK_GLASS = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/BreakGlass"}}


def examples() -> Examples:
    made, attached = written(policy("*", effect="Deny")), attach(minute=9)
    yield alerts("made, then attached", made, attached, severity=Severity.HIGH, subject="ou-1")
    yield alerts("to one account", made, attach("444455556666", minute=9), subject="444455556666")
    pipeline = written(policy("*", effect="Deny"), by=DEPLOYER)
    yield alerts("made by a pipeline", pipeline, attached, severity=Severity.HIGH)
    but_me = {"ArnNotEquals": {"aws:PrincipalArn": ME}}
    yield alerts("but the caller", written(denial(but_me)), attached, severity=Severity.HIGH)
    yield silent("but some", written(denial(BREAK_GLASS)), attached)
    guard = written(policy("organizations:LeaveOrganization", effect="Deny"))
    yield silent("one act less", guard, attached)
    yield silent("a policy that nobody knows", attached)
    yield silent("another policy", written(policy("*", effect="Deny"), name="p-2"), attached)
    yield alerts("a year later", made, attach(day=400), subject="ou-1")
    yield silent("after two years", made, attach(day=401))
    turned = changed(policy("*", effect="Deny"), minute=1)
    yield alerts("a guardrail that was turned", guard, turned, attached, subject="ou-1")
    softened = changed(denial(BREAK_GLASS), minute=1)
    yield silent("softened before", made, softened, attached)
    renamed = request(UPDATE, minute=1, policyId="p-1", name="quarantine")
    yield alerts("a name says nothing", made, renamed, attached, subject="ou-1")
    gone = request(DELETE, minute=1, policyId="p-1")
    yield silent("deleted before", made, gone, attached)
    yield from moves()
    tried = {**attached, "errorCode": "AccessDenied"}
    yield alerts("refused", made, tried, severity=Severity.LOW)
    failed = {**attached, "errorCode": "DuplicatePolicyAttachmentException"}
    yield silent("attached already", made, failed)


def moves() -> Examples:
    guard = written(policy("organizations:LeaveOrganization", effect="Deny"))
    attached, turned = attach(minute=1), changed(policy("*", effect="Deny"), minute=2)
    moved, account = move("ou-1"), "444455556666"
    held = guard, attached, turned
    yield alerts("an account moved there", *held, moved, severity=Severity.HIGH, subject=account)
    more = attach(minute=3, name="p-2")
    yield alerts("one of two policies", *held, more, moved, subject=account)
    yield silent("moved under a guardrail", guard, attached, moved)
    yield silent("moved elsewhere", *held, move("ou-2"))
    yield silent("moved to nowhere", *held, move(""))
    gone = request(DETACH, minute=3, policyId="p-1", targetId="ou-1")
    yield silent("detached before", *held, gone, moved)
    refused = {**gone, "errorCode": "AccessDeniedException"}
    yield alerts("not detached", *held, refused, moved, subject=account)
    tried = {**attached, "errorCode": "AccessDeniedException"}
    yield silent("not attached", guard, tried, turned, moved)


def denial(condition: Fields) -> str:
    return policy("*", effect="Deny", Condition=condition)


def written(content: str, *, by: Fields | None = None, name: str = "p-1") -> Record:
    answer: Fields = {"policy": {"policySummary": {"id": name}}}
    named: Fields = {"name": "x", "description": "", "type": "SERVICE_CONTROL_POLICY"}
    return request(CREATE, by, answer=answer, content=content, **named)


def changed(content: str, *, minute: int) -> Record:
    return request(UPDATE, minute=minute, policyId="p-1", content=content)


def attach(target: str = "ou-1", *, minute: float = 0, day: float = 0, name: str = "p-1") -> Record:
    action = "organizations:AttachPolicy"
    return request(action, minute=minute, day=day, policyId=name, targetId=target)


def move(unit: str) -> Record:
    where: Fields = {"sourceParentId": "ou-9", "destinationParentId": unit}
    return request(MOVE, minute=20, accountId="444455556666", **where)
