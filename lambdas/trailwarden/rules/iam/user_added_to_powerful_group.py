"""User added to a group with administrator's permissions.

A name does not show what a group may do. This group was given an administrator's permissions
before. The user has them from now on.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, policy, request
from trailwarden.correlations import DAY
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import GIVEN, TAKEN, lesson_of_power, user_of

ADD = "iam:AddUserToGroup"


def detect(event: Event) -> Match | None:
    if event.action != ADD:
        lesson = lesson_of_power(event)
        return Match(lesson) if lesson else None
    user, group = user_of(event), event.request("groupName")
    return Match(f"{user} to {group}", subject=f"{user} {group}")


def by_group(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.request('groupName').lower()}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        ADD,
        "iam:AttachGroupPolicy",
        "iam:DeleteGroup",
        "iam:DetachGroupPolicy",
        "iam:PutGroupPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Check that the user is to be an administrator. If not, remove the user from the "
    "group, and contain the caller and the user.",
    false_positives="A new administrator, in accounts that still have IAM users.",
    correlation=Learned(lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_group),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    given, joins = granted(), added()
    yield alerts("a user", given, joins, subject="bob staff", label="bob to staff")
    yield alerts("by a person's policy", granted(by=USER), joins, severity=Severity.HIGH)
    inline: Fields = {"groupName": "staff", "policyName": "p", "policyDocument": policy("*")}
    yield alerts("by an inline policy", request("iam:PutGroupPolicy", DEPLOYER, **inline), joins)
    yield alerts("a year later", given, added(day=365))
    yield silent("more than a year later", given, added(day=366))
    yield silent("an ordinary group", granted("ReadOnlyAccess"), joins)
    yield silent("another group", given, added(group="guests"))
    lost = granted(action="iam:DetachGroupPolicy", minute=1)
    yield silent("a group that lost it", given, lost, joins)
    gone = request("iam:DeleteGroup", DEPLOYER, minute=1, groupName="staff")
    yield silent("a group made anew", given, gone, joins)
    absent = {**joins, "errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", given, absent)
    yield silent("by the pipeline", given, added(by=DEPLOYER))


def granted(
    name: str = "AdministratorAccess",
    *,
    action: str = "iam:AttachGroupPolicy",
    by: Fields = DEPLOYER,
    minute: int = 0,
) -> Record:
    arn = f"arn:aws:iam::aws:policy/{name}"
    return request(action, by, minute=minute, groupName="staff", policyArn=arn)


def added(*, group: str = "staff", by: Fields = USER, day: int = 1) -> Record:
    return request(ADD, by, day=day, userName="bob", groupName=group)
