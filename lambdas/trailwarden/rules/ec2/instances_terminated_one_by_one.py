"""Instance after instance terminated by one principal.

A script that destroys machines works through a list. Each of its requests alone looks like
housekeeping.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY, resembles_pod
from trailwarden.cloudtrail.samples import ROLE, Fields, assumed_role, instance_role, pod, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, once_of_its_size
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import instance_ids


def detect(event: Event) -> Match | None:
    instances = instance_ids(event) or [*filter(None, (event.request("instanceName"),))]
    # autoscalers of clusters end machines all day; a name alone shows that anybody may be one
    known = Severity.LOW if event.caller is Caller.POD else Severity.MEDIUM
    of_node = event.service == "autoscaling" and event.caller is Caller.INSTANCE
    severity = known if of_node or resembles_pod(event) else None
    return Match(instances, severity) if instances else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "ec2:TerminateInstances",
        "lightsail:DeleteInstance",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Ask the caller. If they did not do it, disable the credentials at once and check "
    "that the backups still exist. Then restore the most important machines.",
    false_positives="Build servers and autoscalers that end machines after each job. Each of them "
    "is told once in 60 days, and again where it ends twice as many. An engineer who takes down an "
    "environment by hand.",
    correlation=ValueCount(at_least=8, in_a_day=24, timespan=30 * MINUTE, group_by=by_actor),
    unless_usual=once_of_its_size(by_actor, at_once_by=ANYBODY - {Caller.POD}),
    story="destruction",
    window=7 * DAY,
)


def examples() -> Examples:
    heard = terminate(0, minute=-8 * 24 * 60)
    one_by_one = [terminate(n, minute=n) for n in range(8)]
    yield alerts("eight in half an hour", heard, *one_by_one, severity=Severity.HIGH, label="i-7")
    halves = terminate(0, 1, 2, 3), terminate(4, 5, 6, 7, minute=1)
    yield alerts("four by four", *halves, label="i-4, i-5, i-6, i-7")
    autoscaler = scaled_in(day=0)
    yield alerts("an autoscaler of a cluster", heard, *autoscaler, severity=Severity.LOW)
    perhaps = assumed_role("autoscaler", "eks-prod-autoscaler-1")
    named = [terminate(n, by=perhaps, minute=n) for n in range(8)]
    yield alerts("what may be an autoscaler", *named, severity=Severity.MEDIUM)
    yield silent("an autoscaler in the first week", *autoscaler)
    yield silent("an autoscaler as ever", *(r for day in (-30, -20, 0) for r in scaled_in(day=day)))
    yield silent("seven", *one_by_one[:7])
    yield silent("one, eight times", *[terminate(1, minute=n) for n in range(8)])
    yield from of_other_services()
    yield alerts("24 within a day", *(terminate(n, minute=n) for n in range(24)))
    old = [terminate(n, by=ROLE, minute=n) for n in range(8)]
    new = [terminate(n, by=ROLE, minute=61 * 24 * 60 + n) for n in range(20, 28)]
    yield alerts("again after two months", *old, *new, label="i-27")
    rest = [terminate(n, by=ROLE, minute=24 * 60 + n) for n in range(20, 36)]
    yield alerts("many more on the next day", *old, *rest, label="i-35")
    yield alerts("by another role", *old, *one_by_one, severity=Severity.HIGH)


def of_other_services() -> Examples:
    end = "autoscaling:TerminateInstanceInAutoScalingGroup"
    for by, severity in ((ROLE, Severity.HIGH), (instance_role("node"), Severity.MEDIUM)):
        ended = [
            request(end, by, minute=n, instanceId=f"i-{n}", shouldDecrementDesiredCapacity=True)
            for n in range(8)
        ]
        who = "a role" if by is ROLE else "a node"
        yield alerts(f"of a group, by {who}", *ended, severity=severity)
    by_node = [terminate(n, by=instance_role("node"), minute=n) for n in range(8)]
    yield alerts("by a node", *by_node, severity=Severity.HIGH)
    small = [request("lightsail:DeleteInstance", minute=n, instanceName=f"w{n}") for n in range(8)]
    yield alerts("of Lightsail", *small, severity=Severity.HIGH, label="w7")


def scaled_in(*, day: int) -> list[Record]:
    by = pod("autoscaler")
    return [terminate(n, by=by, minute=day * 24 * 60 + n) for n in range(8)]


def terminate(*instances: int, by: Fields | None = None, minute: int = 0) -> Record:
    items = [{"instanceId": f"i-{n}"} for n in instances]
    return request("ec2:TerminateInstances", by, minute=minute, instancesSet={"items": items})
