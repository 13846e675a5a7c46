"""Root session opened soon after central root access was enabled.

An organization enables central root access in a project, and uses it later, for planned tasks. An
intruder in the management account enables it, and opens a session on a member account at once. A
session that only looks does not count, as the console opens those by itself.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, Fields, refused, request
from trailwarden.correlations import DAY, TemporalOrdered, by_account
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import ROOT_AUDIT, root_task_of

ENABLED, USED = "central root access enabled", "root session opened"


def detect(event: Event) -> Match | None:
    if event.name != "AssumeRoot":
        return Match(ENABLED)
    return Match(USED) if root_task_of(event) != ROOT_AUDIT else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:EnableOrganizationsRootCredentialsManagement",
        "iam:EnableOrganizationsRootSessions",
        "sts:AssumeRoot",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"]},
    response="Call the owners of the management account. If nobody planned it, disable root "
    "sessions and revoke the caller's access. Review the acts of root in the member account.",
    false_positives="The first day of a project that removes root credentials everywhere.",
    correlation=TemporalOrdered(labels=(ENABLED, USED), timespan=7 * DAY, group_by=by_account),
    dedup=by_account,
)


def examples() -> Examples:
    enable = request("iam:EnableOrganizationsRootSessions")
    manage = request("iam:EnableOrganizationsRootCredentialsManagement")
    yield alerts("sessions", enable, taken(), label=ENABLED)
    yield alerts("credentials", manage, taken(day=6))
    yield alerts("by another principal", enable, taken(PERSON))
    yield silent(
        "the session comes first", {**enable, "eventTime": "2025-06-03T13:00:00Z"}, taken()
    )
    yield silent("two weeks later", enable, taken(day=14))
    yield silent("used as ever", taken(), taken(day=3))
    yield silent("a look", enable, taken(task=ROOT_AUDIT))
    yield silent("a refused session", enable, refused("sts:AssumeRoot", day=1))


def taken(by: Fields | None = None, *, day: int = 1, task: str = "S3UnlockBucketPolicy") -> Record:
    policy = {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
    return request(
        "sts:AssumeRoot", by, day=day, targetPrincipal="222233334444", taskPolicyArn=policy
    )
