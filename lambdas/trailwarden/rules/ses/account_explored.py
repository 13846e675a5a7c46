"""SES account explored.

A stolen key is worth the mails that it can send. Thieves first read the quota, the sending status
and the verified addresses.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit
from trailwarden.examples import Examples, alerts, examples_of_habit, silent


def detect(event: Event) -> Match | None:
    return None if event.from_console else Match(event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ses:GetAccount",
        "ses:GetAccountSendingEnabled",
        "ses:GetIdentityVerificationAttributes",
        "ses:GetSendQuota",
        "ses:GetSendStatistics",
        "ses:ListEmailIdentities",
        "ses:ListIdentities",
        "ses:ListVerifiedEmailAddresses",
    ],
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Ask the owner of the credentials. If nobody explains it, disable them. Look for new "
    "identities and sent mail in every Region.",
    false_positives="A program that sends a newsletter. Name scanners in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=30 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    names = [event.partition(":")[2] for event in RULE.events]
    for first in range(0, len(names) - 2, 2):
        questions = [request(f"ses:{name}") for name in names[first : first + 3]]
        yield alerts(f"from {names[first]}", *questions)
    yield alerts("the last three", *(request(f"ses:{name}") for name in names[-3:]))
    yield alerts("three refusals", *(refused(f"ses:{name}") for name in names[:3]))
    yield silent("two questions", *(request(f"ses:{name}") for name in names[:2]))
    page = {"sessionCredentialFromConsole": "true"}
    asked = [request(f"ses:{name}") for name in names[:3]]
    yield from examples_of_habit(*asked, told=Severity.MEDIUM)
    yield silent("a page of the console", *(request(f"ses:{n}", fields=page) for n in names[:3]))
