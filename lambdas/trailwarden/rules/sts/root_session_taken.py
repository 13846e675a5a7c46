"""Root session taken on a member account.

AssumeRoot lets the management account act as the root user of any member account, within one of a
few task policies. Some of them undo the locks on buckets and queues, or let the root password be
recovered.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, record, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

TASKS = {
    "IAMAuditRootUserCredentials": Severity.MEDIUM,
    "IAMDeleteRootUserCredentials": Severity.MEDIUM,
    "IAMCreateRootUserPassword": Severity.CRITICAL,
}
"""How bad each task is, where it is not as bad as most."""

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/audit",))


def detect(event: Event) -> Match | None:
    if event.denied:
        return Match("refused", severity=Severity.MEDIUM)
    if not event.succeeded:
        return None
    told = event.get("requestParameters.taskPolicyArn")
    arn = told.get("arn") if isinstance(told, dict) else told
    task = (arn if isinstance(arn, str) else "").rpartition("/")[2][:60]
    if task == "IAMAuditRootUserCredentials" and event.by_security_team:
        return None
    target = event.text("requestParameters.targetPrincipal")[:60]
    return Match(f"{task} on {target}", severity=TASKS.get(task), subject=target)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoot"],
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"],
    },
    response="Ask whoever took the session what for. If they cannot say, revoke their access to "
    "the management account, and review what was done as root in the member account.",
    false_positives="A planned clean-up of root credentials, or a bucket that nobody can open.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html"
    ],
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("a bucket is unlocked", taken(alice, "S3UnlockBucketPolicy"))
    yield alerts("a root password is made", taken(alice, "IAMCreateRootUserPassword"))
    yield alerts("an unknown task", record("sts:AssumeRoot", alice))
    yield alerts("a request that is refused", denied("sts:AssumeRoot", alice))
    audit = taken(assumed_role("audit"), "IAMAuditRootUserCredentials")
    yield silent("the security team audits", audit)
    wrong = record("sts:AssumeRoot", alice, errorCode="ValidationError")
    yield silent("a request that makes no sense", wrong)


def taken(who: Fields, task: str) -> Record:
    request = {
        "targetPrincipal": "222233334444",
        "taskPolicyArn": {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"},
    }
    return record("sts:AssumeRoot", who, requestParameters=request)
