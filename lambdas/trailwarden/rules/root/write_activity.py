"""Root user changed something.

No policy limits the root user, and hardly any task needs it. A change by root is on a short list of
planned tasks, or the work of an intruder.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, USER, Fields, console_login, refused, request, root
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import thing_of

PAYING = frozenset({"aws-portal", "billing", "freetier", "invoicing", "payments", "tax"})
"""Services that say how the account pays. They take no orders that cost money or give access."""


def detect(event: Event) -> Match | None:
    if event.user_identity.is_assumed_root or only_reads(event):
        return None
    if event.service == "signin" or event.name == "CreateServiceLinkedRole":
        return None
    act = f"{event.action} {thing_of(event)}".strip()
    label = f"{act}{'' if event.succeeded else ', which failed'}"
    return Match(label, severity=Severity.LOW if is_paying(event) else None)


def is_paying(event: Event) -> bool:
    """Say whether it is about bills: a planned task of root, whose sign-in is told by itself."""
    is_contact = event.action == "account:PutAlternateContact"
    return event.service in PAYING or (
        is_contact and event.request("alternateContactType") == "BILLING"
    )


def only_reads(event: Event) -> bool:
    """Say whether the request changes nothing; its name says so where an old record does not."""
    is_recorded = event.get("readOnly") is not None
    reads = event.name.startswith(("Describe", "Get", "Head", "List"))
    return event.read_only if is_recorded else reads


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["Root"]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ROOT}),
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Ask the owner of the account. If they did not do it, recover the root user through "
    "AWS Support. Change its password and MFA device, delete its access keys, then undo its "
    "changes.",
    false_positives="Tasks that only root can do, such as changing the account's settings.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html"],
)


def examples() -> Examples:
    created = request("iam:CreateUser", ROOT, userName="bob")
    yield alerts("creates a user", created, label="iam:CreateUser bob")
    stack = request("iam:CreateUser", ROOT, via="cloudformation", userName="bob")
    yield alerts("creates a user by a stack", stack)
    session = root(key="ASIAIOSFODNN7EXAMPLE")
    failed = refused("s3:PutObject", session)
    yield alerts("fails to write", failed, label="s3:PutObject, which failed")
    low, put = Severity.LOW, "account:PutAlternateContact"
    paid = request("payments:UpdatePaymentPreferences", ROOT)
    yield alerts("pays with another card", paid, severity=low)
    old_page = request("aws-portal:ModifyPaymentMethods", ROOT)
    yield alerts("pays, on the old page", old_page, severity=low)
    bills = request(put, ROOT, **contact("BILLING"))
    yield alerts("has the bills sent elsewhere", bills, severity=low)
    diverted = request(put, ROOT, **contact("SECURITY"))
    yield alerts("has AWS's warnings sent elsewhere", diverted, severity=Severity.HIGH)
    yield silent("looks around", request("ec2:DescribeInstances", ROOT))
    old = request("s3:ListBuckets", ROOT, fields={"readOnly": None})
    yield silent("looks around, in an old record", old)
    yield silent("signs in, which another rule tells", console_login(ROOT))
    yield silent("the console's own role", request("iam:CreateServiceLinkedRole", ROOT))
    central = ROOT | {"sessionContext": {"assumedRoot": "true"}}
    yield silent("a session of AssumeRoot", request("s3:DeleteBucketPolicy", central))
    yield silent("a user", request("iam:CreateUser", USER, userName="bob"))
    aws = {"eventType": "AwsServiceEvent"}
    yield silent("AWS itself", request("kms:RotateKey", ROOT, fields=aws))


def contact(kind: str) -> Fields:
    person = dict.fromkeys(("emailAddress", "name", "phoneNumber", "title"), "HIDDEN")
    return person | {"alternateContactType": kind}
