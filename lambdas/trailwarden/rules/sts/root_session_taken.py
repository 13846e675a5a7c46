"""Root session opened on a member account.

AssumeRoot lets the management account act as the root user of a member account, for a few tasks.
Some of these tasks unlock buckets and queues, or let the root password be recovered. A page of the
console asks for the root credentials of all accounts: that is LOW. What one principal audits or
removes in many accounts is one alert.
"""

from trailwarden import AWS_ITSELF, Caller, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, AUDITOR, PERSON, USER, Fields, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.iam import ROOT_AUDIT as AUDIT
from trailwarden.services.iam import root_task_of

REMOVAL = "IAMDeleteRootUserCredentials"
TASKS = {
    AUDIT: Severity.MEDIUM,
    REMOVAL: Severity.MEDIUM,
    "IAMCreateRootUserPassword": Severity.CRITICAL,
}
"""The severity of each task that is not as bad as most."""


def detect(event: Event) -> Match | None:
    if event.outcome is Outcome.REFUSED:
        target = account_of(event.error_message.partition(" on resource: ")[2].partition(" ")[0])
        return Match(f"a refused task on {target or 'an account'}", subject=target)
    task = root_task_of(event)
    if task == AUDIT and event.caller is Caller.SECURITY_TEAM:
        return None
    target = event.request("targetPrincipal")
    severity = Severity.LOW if task == AUDIT and event.from_console else TASKS.get(task)
    subject = "" if task in {AUDIT, REMOVAL} else target
    return Match(f"{task} on {target}", severity=severity, subject=subject)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoot"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"]},
    response="Ask the caller for the reason. Without one, revoke the caller's access to the "
    "management account. Then review the acts of root in the member account.",
    false_positives="A planned clean-up of root credentials, or a bucket that nobody can open.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html"
    ],
)

MEMBER = "222233334444"
ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/audit",))


def examples() -> Examples:
    action, high, medium = "sts:AssumeRoot", Severity.HIGH, Severity.MEDIUM
    yield alerts("a bucket is unlocked", taken("S3UnlockBucketPolicy"), severity=high)
    password = taken("IAMCreateRootUserPassword")
    yield alerts("a root password", password, severity=Severity.CRITICAL, subject=MEMBER)
    yield alerts("credentials go", taken(REMOVAL), severity=medium, subject="")
    label = f"{AUDIT} on {MEMBER}"
    yield alerts("an audit by another principal", taken(AUDIT), severity=medium, label=label)
    page = {**taken(AUDIT, PERSON), "sessionCredentialFromConsole": "true"}
    yield alerts("a page of the console", page, severity=Severity.LOW, subject="")
    by_page = {**taken(REMOVAL, PERSON), "sessionCredentialFromConsole": "true"}
    yield alerts("credentials go, in the console", by_page, severity=medium)
    message = f"not authorized to perform: {action} on resource: arn:aws:iam::{MEMBER}:root"
    wrong = refused(action, PERSON, fields={"errorMessage": f"User: x is {message} because"})
    yield alerts("refused", wrong, severity=medium, subject=MEMBER)
    yield silent("the security team audits", taken(AUDIT, AUDITOR))
    unlock = taken("S3UnlockBucketPolicy", AUDITOR)
    yield alerts("the security team unlocks a bucket", unlock, severity=high)


def taken(task: str, by: Fields = USER) -> Record:
    policy = {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
    return request("sts:AssumeRoot", by, targetPrincipal=MEMBER, taskPolicyArn=policy)
