"""Several machine images taken out of use.

Without its images a fleet cannot grow, heal or be restored. To deregister them is cheap and quick,
and people rarely notice before the next deployment.

What a principal took out of use on three days, from a week ago on, is a habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    return Match(first(event, "imageId"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeregisterImage", "ec2:DisableImage", "ec2:DisableImageDeregistrationProtection"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask the caller. If they did not do it, disable the credentials and protect the "
    "images' snapshots from deletion. Then register the images again from these snapshots.",
    false_positives="A person or a script that cleans up old images. Name the script's role in "
    "`deploy_roles`.",
    correlation=ValueCount(at_least=5, in_a_day=12, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    for name in ("DeregisterImage", "DisableImage", "DisableImageDeregistrationProtection"):
        yield alerts(f"five by {name}", *calls(name, 1, 2, 3, 4, 5), label="ami-3")
    yield silent("four images", *calls("DeregisterImage", 1, 2, 3, 4))
    yield silent("one image, five times", *calls("DisableImage", 1, 1, 1, 1, 1))
    yield alerts("12 within a day", *calls("DeregisterImage", *range(12)))
    name, five, medium = "DeregisterImage", range(5), Severity.MEDIUM
    nights = [record for day in (-9, -8, -7) for record in calls(name, *five, day=day)]
    yield alerts("a clean-up of each night", *nights, *calls(name, *five), last=Severity.LOW)
    yield alerts("twice as many", *nights, *calls(name, *range(10)), last=medium)
    yield alerts("by another", *nights, *calls(name, *five, by=ROLE), last=medium)
    recent = [record for day in (0, 1, 2) for record in calls(name, *five, day=day)]
    yield alerts("a clean-up of some nights", *recent, *calls(name, *five, day=3), last=medium)


def calls(name: str, *images: int, day: int = 0, by: Fields | None = None) -> list[Record]:
    return [
        request(f"ec2:{name}", by, day=day, minute=m, imageId=f"ami-{n}")
        for m, n in enumerate(images)
    ]
