"""Many instances ended by one request.

A wiper or an extortionist needs a single request to end every machine. Services that scale do this
all day, a few instances at a time.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from trailwarden import DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, function, pod, request
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import in_short, instance_ids

MANY = 10
TITLES = {
    "StopInstances": "Many instances stopped by one request",
    "TerminateInstances": "Many instances terminated by one request",
}


def detect(event: Event) -> Match | None:
    instances = instance_ids(event)
    if len(instances) < MANY:
        return None
    severity = Severity.MEDIUM if event.name == "StopInstances" else Severity.HIGH
    is_scheduler = event.caller is Caller.FUNCTION and event.name == "StopInstances"  # at night
    if is_scheduler or event.caller is Caller.POD:  # autoscalers of clusters end them in batches
        severity = Severity.LOW
    return Match(f"{len(instances)}: {in_short(instances)}", severity, title=TITLES[event.name])


def size_of(seen: Observation) -> int:
    """Return how many instances an act ended."""
    return int(seen.label.partition(":")[0])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:TerminateInstances", "ec2:StopInstances"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1489", "T1529"]},
    response="Ask the caller. If they did not do it, disable the credentials at once and check "
    "that the backups still exist. Then restore the most important machines.",
    false_positives="A test environment that a person takes down by hand. A scheduler that stops "
    "instances in the evening: name its role in `deploy_roles`.",
    correlation=routine(size=size_of),
    window=7 * DAY,
    story="destruction",
)


def examples() -> Examples:
    ten = ending("Terminate", 10)
    yield alerts(
        "ten terminated", ten, severity=Severity.HIGH, label="10: i-0, i-1, i-2 and 7 others"
    )
    yield alerts("ten stopped by a role", ending("Stop", 10, ROLE), severity=Severity.MEDIUM)
    yield alerts("an autoscaler", ending("Terminate", 10, pod("autoscaler")), severity=Severity.LOW)
    scheduler = function("scheduler", "scheduler")
    yield alerts("stopped at night", ending("Stop", 10, scheduler), severity=Severity.LOW)
    wiper = ending("Terminate", 10, scheduler)
    yield alerts("terminated by a function", wiper, severity=Severity.HIGH)
    yield silent("nine terminated", ending("Terminate", 9))
    yield from examples_of_routine(
        lambda day: ending("Terminate", 10, day=day),
        told=Severity.HIGH,
        other=lambda day: ending("Terminate", 10, ROLE, day=day),
    )
    tens = [ending("Terminate", 10, day=day) for day in (-9, -8, -7)]
    yield alerts("twice as many as ever", *tens, ending("Terminate", 20), last=Severity.HIGH)


def ending(verb: str, count: int, by: Fields | None = None, *, day: int = 0) -> Record:
    items = [{"instanceId": f"i-{n}"} for n in range(count)]
    return request(f"ec2:{verb}Instances", by, day=day, instancesSet={"items": items})
