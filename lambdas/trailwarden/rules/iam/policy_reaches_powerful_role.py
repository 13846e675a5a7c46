"""Policy written that lets its holder become a powerful role.

The policy lets its holder assume one role, change its trust, or pass it to a program of their own.
That role was given an administrator's permissions before, which its name need not show.
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
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import (
    GIVEN,
    TAKEN,
    entity_of,
    lesson_of_power,
    permissions_of,
    role_of,
)

LESSONS = ("iam:AttachRolePolicy", "iam:DeleteRole", "iam:DetachRolePolicy")
MOST = 20
"""How many patterns of roles of one policy are remembered."""


def detect(event: Event) -> Match | None:
    role = role_of(event)
    if role and (lesson := lesson_of_power(event)):
        return Match(f"{lesson}: {role}")
    if event.action in LESSONS:
        return None
    roles, entity = permissions_of(event).roles_taken, entity_of(event)
    return Match(roles[:MOST], subject=entity) if roles else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *LESSONS,
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask the caller why the holder needs that role. If there is no answer, take the "
    "policy away, and look for sessions and runs of the role since then.",
    false_positives="An administrator sets up a pipeline by hand.",
    references=["https://pathfinding.cloud/"],
    correlation=Learned(lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_account),
)

ENVIRONMENT = DEPLOYED
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def examples() -> Examples:
    given = granted()
    assume = written("sts:AssumeRole", f"{ROLE}ci/runner")
    yield alerts("one to assume", given, assume, subject="user bob", label="runner")
    for holder in ("group", "role"):
        yield alerts(f"for a {holder}", given, written("sts:AssumeRole", kind=holder))
    several = written("sts:AssumeRole", [f"{ROLE}web", f"{ROLE}run*"])
    yield alerts("one of several, by a pattern", given, several, label="run*")
    yield alerts("its trust", given, written("iam:UpdateAssumeRolePolicy"))
    launch = written(["iam:PassRole", "lambda:CreateFunction"])
    yield alerts("one to pass", given, launch, severity=Severity.MEDIUM)
    managed: Fields = {"policyDocument": policy("sts:AssumeRole", f"{ROLE}runner")}
    yield alerts("a policy", given, request("iam:CreatePolicy", day=1, policyName="p", **managed))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    version = request("iam:CreatePolicyVersion", day=1, policyArn=arn, **managed)
    yield alerts("a version of a policy", given, version)
    text = policy("*")
    inline = request("iam:PutRolePolicy", roleName="runner", policyName="p", policyDocument=text)
    yield alerts("powerful by an inline policy", inline, assume)
    yield alerts("a year later", given, written("sts:AssumeRole", day=365))
    yield silent("more than a year later", given, written("sts:AssumeRole", day=366))
    yield silent("another role", given, written("sts:AssumeRole", f"{ROLE}web"))
    yield silent("passing without a launch", given, written("iam:PassRole"))
    yield silent("a role that lost it", given, granted("Detach", minute=1), assume)
    gone = request("iam:DeleteRole", DEPLOYER, minute=1, roleName="runner")
    yield silent("a role made anew", given, gone, assume)
    yield silent("by the pipeline", given, written("sts:AssumeRole", by=DEPLOYER))
    absent = {**assume, "errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", given, absent)


def granted(verb: str = "Attach", *, minute: int = 0) -> Record:
    named: Fields = {"roleName": "runner", "policyArn": ADMINISTRATOR}
    return request(f"iam:{verb}RolePolicy", DEPLOYER, minute=minute, **named)


def written(
    actions: str | list[str],
    roles: str | list[str] = f"{ROLE}runner",
    *,
    kind: str = "user",
    by: Fields = USER,
    day: int = 1,
) -> Record:
    action = f"iam:Put{kind.title()}Policy"
    named: Fields = {f"{kind}Name": "bob", "policyName": "p"}
    return request(action, by, day=day, **named, policyDocument=policy(actions, roles))
