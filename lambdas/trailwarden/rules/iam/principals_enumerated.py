"""Users and roles guessed through policies that IAM refuses.

IAM refuses a policy that names a user or role which does not exist, and takes one that names one
which does. Trying many names tells who is there, in this account or in a stranger's.
"""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

CODES = ("MalformedPolicyDocument", "MalformedPolicyDocumentException")


def detect(event: Event) -> str | None:
    if event.error_code not in CODES or event.by_automation:
        return None
    if "principal" in event.error_message.lower() and ":" in event.error_message:
        return event.error_message[-200:]
    return digest(event) or event.event_id


def digest(event: Event) -> str:
    """Return what tells one document from another, as IAM does not always say what it refused."""
    document = event.text("requestParameters.policyDocument")
    document = document or event.text("requestParameters.assumeRolePolicyDocument")
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:16] if document else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:CreatePolicy",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    ],
    where={"errorCode": list(CODES)},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Ask whoever it was, and look at what they tried last and what succeeded. If they do "
    "not know of it, disable the credentials and restore the trust policy of the role.",
    false_positives="A deployment that repeats a mistake; it repeats one and the same.",
    correlation=ValueCount(at_least=10, timespan=timedelta(hours=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    names = [f"user{n}" for n in range(10)]
    yield alerts("ten names", *(told(name, n) for n, name in enumerate(names)))
    unnamed = (told(name, n, errorMessage="Syntax error") for n, name in enumerate(names))
    yield alerts("ten documents", *unnamed)
    unsaid = [told("", n, requestParameters=None, errorMessage="") for n in range(10)]
    yield alerts("ten times who knows what", *unsaid)
    yield silent("nine names", *(told(name, n) for n, name in enumerate(names[:9])))
    yield silent("one name again and again", *(told("app", n) for n in range(15)))
    yield silent("ten names in a day", *(told(name, 60 * n) for n, name in enumerate(names)))


def told(name: str, minute: float, **fields: str | None) -> Record:
    arn = f"arn:aws:iam::444455556666:user/{name}"
    what = {"roleName": "probe", "policyDocument": f'{{"Principal": {{"AWS": "{arn}"}}}}'}
    error = {
        "errorCode": "MalformedPolicyDocumentException",
        "errorMessage": f'Invalid principal in policy: "AWS":"{arn}"',
        "requestParameters": what,
    }
    action = "iam:UpdateAssumeRolePolicy"
    return record(action, iam_user("mallory"), minute=minute, **(error | fields))
