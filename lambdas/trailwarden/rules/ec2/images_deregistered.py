"""Several machine images taken out of use.

Without its images a fleet cannot grow, heal or be restored. To deregister them is cheap and quick,
and people rarely notice before the next deployment.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
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
)


def examples() -> Examples:
    for name in ("DeregisterImage", "DisableImage", "DisableImageDeregistrationProtection"):
        yield alerts(f"five by {name}", *calls(name, 1, 2, 3, 4, 5), label="ami-3")
    yield silent("four images", *calls("DeregisterImage", 1, 2, 3, 4))
    yield silent("one image, five times", *calls("DisableImage", 1, 1, 1, 1, 1))
    yield alerts("12 within a day", *calls("DeregisterImage", *range(12)))


def calls(name: str, *images: int) -> list[Record]:
    return [request(f"ec2:{name}", minute=m, imageId=f"ami-{n}") for m, n in enumerate(images)]
