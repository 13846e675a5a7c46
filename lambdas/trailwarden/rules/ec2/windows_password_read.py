"""Administrator password of a Windows instance read.

Together with the key pair, the answer is the administrator's password of the machine.
Administrators read it once, right after a launch. A later request is suspicious.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from trailwarden import DEPLOYMENT, EITHER, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.correlations import DAY, routine
from trailwarden.examples import Examples, alerts, examples_of_daily, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    instance = first(event, "instanceId")
    outcome = ", refused" if event.outcome is Outcome.REFUSED else ""
    return Match(f"{instance or 'an instance'}{outcome}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:GetPasswordData"],
    exempt=DEPLOYMENT,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Ask the caller for the reason. If they did not do it, change the administrator's "
    "password on the instance and disable the credentials. Then look for RDP logins.",
    false_positives="An administrator signs in to a Windows instance for the first time.",
    correlation=routine(),
    window=7 * DAY,
)


def examples() -> Examples:
    instance: Fields = {"instanceId": "i-1"}
    yield alerts("a user", request(ACTION, **instance), subject="i-1", label="i-1")
    yield alerts("a refused request", refused(ACTION, **instance), label="i-1, refused")
    absent = {"errorCode": "Client.InvalidInstanceID.NotFound"}
    yield silent("no such instance", request(ACTION, fields=absent, **instance))
    yield from examples_of_daily(request(ACTION, **instance), told=Severity.MEDIUM)


ACTION = "ec2:GetPasswordData"
