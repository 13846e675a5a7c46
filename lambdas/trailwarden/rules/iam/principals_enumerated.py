"""Users and roles guessed through policies that IAM refuses.

IAM refuses a policy that names a user or role which does not exist. It accepts one that names a
real one. Many attempts show which names exist, in this account or in a stranger's.
"""

from hashlib import sha256

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent

CODES = ("MalformedPolicyDocument", "MalformedPolicyDocumentException")


def detect(event: Event) -> Match:
    message = event.error_message
    if "principal" in message.lower() and ":" in message:
        return Match(message)
    return Match(f"policy {digest(event) or event.event_id}")


def digest(event: Event) -> str:
    """Return what tells one document from another, as IAM does not always name the principal."""
    document = event.request("policyDocument", "assumeRolePolicyDocument")
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
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="Ask the caller, and look at the last attempts and at those that succeeded. If the "
    "caller knows nothing, disable the credentials and restore the role's trust policy.",
    false_positives="A deployment repeats a mistake; it repeats one and the same.",
    correlation=ValueCount(at_least=10, timespan=HOUR, group_by=by_actor),
)


def examples() -> Examples:
    names = [f"user{n}" for n in range(10)]
    tried = [attempt(name, n) for n, name in enumerate(names)]
    last = 'Invalid principal in policy: "AWS":"arn:aws:iam::444455556666:user/user9"'
    yield alerts("ten names", *tried, label=last)
    for action in RULE.events:
        yield alerts(action, *(attempt(name, n, action) for n, name in enumerate(names)))
    unnamed = {"errorMessage": "Syntax error"}
    documents = (attempt(name, n, fields=unnamed) for n, name in enumerate(names))
    yield alerts("ten documents", *documents)
    silence: Fields = {"requestParameters": None, "errorMessage": ""}
    yield alerts("ten unknown documents", *({**record, **silence} for record in tried))
    yield silent("nine names", *tried[:9])
    yield silent("one name often", *(attempt("app", n) for n in range(15)))
    right = {"errorCode": None, "errorMessage": None}
    accepted = (attempt(name, n, fields=right) for n, name in enumerate(names))
    yield silent("ten policies that IAM accepts", *accepted)


def attempt(
    name: str, minute: float, action: str = "iam:PutRolePolicy", fields: Fields | None = None
) -> Record:
    arn = f"arn:aws:iam::444455556666:user/{name}"
    document = f'{{"Principal": {{"AWS": "{arn}"}}}}'
    error = {
        "errorCode": "MalformedPolicyDocumentException",
        "errorMessage": f'Invalid principal in policy: "AWS":"{arn}"',
    }
    policy: Fields = {"roleName": "probe", "policyName": "p", "policyDocument": document}
    return request(action, minute=minute, fields=error | (fields or {}), **policy)
