"""SES identity deleted.

Mail goes out under an identity. Deleting one stops a company's mail, or hides the sender of a
phishing campaign.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.request("identity", "emailIdentity", "emailAddress"))


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


def examples() -> Examples:
    name = "example.com"
    yield alerts("by v1", request("ses:DeleteIdentity", identity=name), label=name)
    yield alerts("by v2", request("ses:DeleteEmailIdentity", emailIdentity=name), label=name)
    yield silent("refused", refused("ses:DeleteIdentity"))
