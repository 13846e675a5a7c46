"""Administrator passwords of many Windows instances read.

No administrator needs the passwords of a whole fleet at once. An intruder does, to move through it.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match | None:
    instance = first(event, "instanceId")
    return Match(instance) if instance else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:GetPasswordData"],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Disable the credentials. Change the administrator's password on each instance whose "
    "answer was not an error. Then look for RDP logins.",
    false_positives="An inventory of passwords, which should not exist.",
    correlation=ValueCount(at_least=5, in_a_day=10, timespan=15 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    five = [request(ACTION, minute=n, instanceId=f"i-{n}") for n in range(5)]
    yield alerts("five instances", *five, label="i-4")
    denials = [refused(ACTION, minute=n, instanceId=f"i-{n}") for n in range(5)]
    yield alerts("five refused reads", *denials)
    yield silent("four instances", *five[:4])
    again = [request(ACTION, minute=n, instanceId="i-1") for n in range(5)]
    yield silent("one instance, five times", *again)
    yield alerts(
        "10 within a day", *(request(ACTION, minute=n, instanceId=f"i-{n}") for n in range(10))
    )


ACTION = "ec2:GetPasswordData"
