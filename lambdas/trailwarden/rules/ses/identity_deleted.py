"""SES identity deleted.

Mail goes out under an identity. Deleting one stops a company's mail, or hides the sender of a
phishing campaign.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request

NAMES = ("identity", "emailIdentity", "emailAddress")


def detect(event: Event) -> Match:
    return Match(next(filter(None, map(event.request, NAMES)), ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ses:DeleteEmailIdentity", "ses:DeleteIdentity", "ses:DeleteVerifiedEmailAddress"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1070"], Tactic.IMPACT: ["T1489"]},
    response="Ask the caller. Read the mails of the identity in the sending statistics. Verify it "
    "again if your programs need it.",
    false_positives="Clean-up of test addresses.",
)


def examples() -> Iterator[Example]:
    name = "example.com"
    yield alerts("by v1", request("ses:DeleteIdentity", identity=name), label=name)
    yield alerts("by v2", request("ses:DeleteEmailIdentity", emailIdentity=name), label=name)
    yield silent("refused", refused("ses:DeleteIdentity"))
