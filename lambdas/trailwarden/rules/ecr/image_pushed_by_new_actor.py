"""Container image pushed by a new principal.

Images come from the pipeline. Another principal can push one under a name that services pull. It
then runs at their next deployment, with all their permissions.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, refused, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor, subject=event.request("repositoryName"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecr:PutImage", "ecr-public:PutImage"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.EXECUTION: ["T1204.003"]},
    response="Find out where the pushed image runs. If nobody can explain the push, delete the "
    "image, deploy the previous one, and disable the caller's credentials.",
    false_positives="A new colleague or a new pipeline pushes an image for the first time.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual, new = pushed(ROLE, day=0), pushed(USER, day=7)
    yield alerts("a new principal", usual, new, subject="app")
    yield alerts(
        "the usual one, after two months", usual, pushed(USER, day=7), pushed(ROLE, day=61)
    )
    yield silent("the usual principal", usual, pushed(ROLE, day=60))
    yield silent("in the first week", usual, pushed(USER, day=6))
    yield silent("a refused push", usual, refused("ecr:PutImage", USER, day=8))


def pushed(by: Fields, *, day: int) -> Record:
    manifest = "{}"
    return request("ecr:PutImage", by, day=day, repositoryName="app", imageManifest=manifest)
