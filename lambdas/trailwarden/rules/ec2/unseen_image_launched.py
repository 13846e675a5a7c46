"""Instance launched from an image that was never used before.

An intruder brings an image along, with a miner or a back door already in it. They may also pick an
image that nobody here ever used.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    parts = (event.get("requestParameters"), event.get("responseElements.instancesSet"))
    images = [image for part in parts for image in texts(part, "imageId")]
    return Match(images[0]) if images else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:RunInstances"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1204.003"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Look up the owner of the image. If it is neither Amazon nor your own organization, "
    "isolate the instance and ask the caller.",
    false_positives="New versions of images that are in use.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=60),
)


def examples() -> Examples:
    usual = launch("ami-1")
    yield alerts("a new image", usual, launch("ami-2", day=7), label="ami-2")
    started = {"instancesSet": {"items": [{"imageId": "ami-3"}]}}
    template = request("ec2:RunInstances", day=7, answer=started, launchTemplate={})
    yield alerts("named by the answer only", usual, template, label="ami-3")
    yield silent("the usual image", usual, launch("ami-1", day=7))
    yield silent("in the first week", usual, launch("ami-2", day=6))


def launch(image: str, *, day: int = 0) -> Record:
    items = [{"imageId": image, "minCount": 1, "maxCount": 1}]
    return request("ec2:RunInstances", day=day, instancesSet={"items": items})
