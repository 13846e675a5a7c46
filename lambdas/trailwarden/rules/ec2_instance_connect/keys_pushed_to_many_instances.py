"""SSH keys pushed to several instances with Instance Connect.

Instance Connect lets a caller into a machine with a key of their own, which works for a minute. An
intruder moves through a fleet in that way, one machine after the other.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    instance = event.request("instanceId")
    return Match(instance) if instance else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2-instance-connect:SendSSHPublicKey"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.004", "T1021.008"], Tactic.PERSISTENCE: ["T1098.004"]},
    response="Ask the caller whether they worked on these machines. If not, disable the "
    "credentials and look at the logins and processes of each instance.",
    false_positives="An administrator looks into one problem on several machines.",
    correlation=ValueCount(at_least=5, in_a_day=12, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    yield alerts("five instances", *pushes(1, 2, 3, 4, 5), label="i-3")
    yield silent("the four of a group", *pushes(1, 2, 3, 4))
    yield silent("one instance, five times", *pushes(1, 1, 1, 1, 1))
    absent = {"errorCode": "EC2InstanceNotFoundException"}
    yield silent("no such instances", *[{**push, **absent} for push in pushes(1, 2, 3, 4, 5)])
    yield alerts("12 within a day", *pushes(*range(12)))


def pushes(*instances: int) -> list[Record]:
    key: Fields = {"instanceOSUser": "ec2-user", "sSHPublicKey": "ssh-ed25519 AAAA"}
    action = "ec2-instance-connect:SendSSHPublicKey"
    return [
        request(action, minute=minute, instanceId=f"i-{n}", **key)
        for minute, n in enumerate(instances)
    ]
