"""Policy written that completes an escalation with another policy.

Who may pass any role to a program, and start programs, has the permissions of all roles. Each of
the two looks harmless. Here one policy has the one, and another of the same principal the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import administration, entity_of, permissions_of

GIVEN, TAKEN = "has", "has no longer"
PASSES, LAUNCHES = "passes any role", "starts programs"
OTHER = {PASSES: LAUNCHES, LAUNCHES: PASSES}


@dataclass(frozen=True, kw_only=True)
class Completed(Learned):
    """A half, after the other half came by another policy."""

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each with the half that was there before."""
        for seen in super().acts(observations):
            yield seen._replace(label=f"another policy {seen.label.removeprefix('* ')}")


def detect(event: Event) -> Match:
    halves, entity = list(halves_of(event)), entity_of(event)
    name = event.request("policyName")
    told = [f"{GIVEN if half in halves else TAKEN}: {name} {half}" for half in OTHER]
    alone = [f"* {OTHER[half]}" for half in halves] if len(halves) == 1 else []
    return Match([*told, *alone], subject=entity)


def halves_of(event: Event) -> Iterator[str]:
    """Yield the halves of an escalation that a policy has from now on."""
    if event.name.startswith("Delete") or administration(event):
        return
    permissions = permissions_of(event)
    if permissions.passes_any_role:
        yield PASSES
    if permissions.launches:
        yield LAUNCHES


def by_holder(event: Event) -> str:
    """Group by the account and the user, group or role that has the policy."""
    return f"{event.recipient_account_id}/{entity_of(event).lower()}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DeleteGroupPolicy",
        "iam:DeleteRolePolicy",
        "iam:DeleteUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask the caller which roles the holder has to pass. Name these in the policy, or "
    "remove it. If nobody knows the policy, contain its author and the holder.",
    false_positives="An engineer completes the policies of a deployment tool by hand.",
    references=["https://pathfinding.cloud/"],
    correlation=Completed(lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_holder),
)

ENVIRONMENT = DEPLOYED
START, PASS = ("lambda:CreateFunction", "lambda:InvokeFunction"), ("iam:PassRole",)


def examples() -> Examples:
    starts = put(START, by=DEPLOYER)
    passes = put(PASS, name="more", day=9)
    label = "another policy starts programs"
    yield alerts("any role to pass", starts, passes, subject="role app", label=label)
    later = put(START, name="more", day=9)
    yield alerts("programs to start", put(PASS), later, severity=Severity.MEDIUM)
    for kind in ("User", "Group"):
        both = put(START, kind=kind), put(PASS, kind=kind, name="more", day=1)
        yield alerts(f"of a {kind}", *both, subject=f"{kind.lower()} app")
    yield alerts("a year later", starts, put(PASS, name="more", day=365))
    yield silent("more than a year later", starts, put(PASS, name="more", day=366))
    one = f"arn:aws:iam::{ACCOUNT}:role/worker"
    yield silent("one role to pass", starts, put(PASS, one, name="more", day=9))
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    limited = policy([*PASS], Condition=to_tasks)
    yield silent("passing to one service", starts, written(limited, name="more", day=9))
    yield silent("of another role", put(START, role="web"), passes)
    yield silent("in place of the other", starts, put(PASS, day=9))
    for kind in ("Role", "User", "Group"):
        named: Fields = {f"{kind.lower()}Name": "app", "policyName": "p"}
        gone = request(f"iam:Delete{kind}Policy", DEPLOYER, day=1, **named)
        both = put(START, kind=kind), put(PASS, kind=kind, name="more", day=9)
        yield silent(f"after the other of a {kind} is gone", both[0], gone, both[1])
    yield silent("both at once, as another rule tells", put((*START, *PASS)))
    yield silent("by the pipeline", put(START), put(PASS, name="more", by=DEPLOYER, day=9))
    yield silent("an administrator", written(policy("*"), name="q"), passes)
    absent = {**passes, "errorCode": "NoSuchEntityException"}
    yield silent("a role that is not there", starts, absent)


def put(
    actions: tuple[str, ...],
    resource: str = "*",
    *,
    kind: str = "Role",
    role: str = "app",
    name: str = "p",
    by: Fields = USER,
    day: int = 0,
) -> Record:
    document = policy([*actions], resource)
    return written(document, kind=kind, role=role, name=name, by=by, day=day)


def written(
    document: str,
    *,
    kind: str = "Role",
    role: str = "app",
    name: str = "p",
    by: Fields = USER,
    day: int = 0,
) -> Record:
    named: Fields = {f"{kind.lower()}Name": role, "policyName": name}
    return request(f"iam:Put{kind}Policy", by, day=day, **named, policyDocument=document)
