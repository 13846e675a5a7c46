"""Statement added to a Lambda function's policy by hand.

Every trigger needs one. A statement for a service that does not say which of its resources may
call lets anybody's do so.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = "requestParameters"
    principal = event.text(f"{told}.principal")
    limited = event.text(f"{told}.sourceArn") or event.text(f"{told}.sourceAccount")
    confused = ".amazonaws.com" in principal and not limited
    function = event.text(f"{told}.functionName")
    severity = Severity.MEDIUM if confused else None
    return Match(f"{function[-40:]}: {principal[-50:]}", severity=severity, subject=function)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddPermission"],
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1546"]},
    response="See which service or account may call the function now, and who wanted that.",
    false_positives="Triggers that are set up in the console.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action = "lambda:AddPermission20150331v2"
    told = {"functionName": "orders", "principal": "s3.amazonaws.com"}
    yield alerts("any bucket", record(action, iam_user("alice"), requestParameters=told))
    stack = aws_service("cloudformation")
    yield silent("a stack's trigger", record(action, stack, requestParameters=told))
