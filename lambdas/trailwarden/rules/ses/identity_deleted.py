"""SES identity deleted.

An identity is what mail is sent as. Deleting one stops a company's mail, or hides which address a
phishing campaign was sent from.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = "requestParameters"
    named = event.text(f"{told}.identity") or event.text(f"{told}.emailIdentity")
    identity = named or event.text(f"{told}.emailAddress")
    return Match(identity[-100:])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ses:DeleteEmailIdentity", "ses:DeleteIdentity", "ses:DeleteVerifiedEmailAddress"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1070"], Tactic.IMPACT: ["T1489"]},
    response="Ask whoever it was. See in the sending statistics what was sent as the identity, and "
    "verify it again if your programs need it.",
    false_positives="Clean-up of test addresses.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    old, new = {"identity": "example.com"}, {"emailIdentity": "example.com"}
    yield alerts("by v1", record("ses:DeleteIdentity", mallory, requestParameters=old))
    yield alerts("by v2", record("ses:DeleteEmailIdentity", mallory, requestParameters=new))
    yield silent("a refusal", denied("ses:DeleteIdentity", mallory))
    stack = aws_service("cloudformation")
    yield silent("a stack", record("ses:DeleteEmailIdentity", stack, requestParameters=new))
