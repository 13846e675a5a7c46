"""Termination protection removed from a stack.

The protection keeps a stack from being deleted, by mistake or on purpose. Its removal prepares a
deletion.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_true

SET = "Termination protection of a stack set to off"


def detect(event: Event) -> Match | None:
    protects = event.get("requestParameters.enableTerminationProtection")
    is_new = event.name == "CreateStack"
    if not is_new and protects is None:
        return None
    only_teaches = Severity.INFORMATIONAL if is_new else None
    return Match(state(protection=is_true(protects)), only_teaches, stack_of(event))


def stack_of(event: Event) -> str:
    """Return the name of a stack, which requests also name by its ARN."""
    named = event.request("stackName")
    return named.split("/")[1] if named.startswith("arn:") and "/" in named else named


def by_stack(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{stack_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:CreateStack", "cloudformation:UpdateTerminationProtection"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Put the protection back. Then ask the caller what they intend to delete.",
    false_positives="A system that is retired as planned.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_stack, unknown=Severity.CRITICAL, unknown_title=SET
    ),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    off = changed(protects=False)
    yield alerts("protection off", off, subject="prod", severity=Severity.MEDIUM)
    yield silent("protection on", changed(protects=True))
    first, again = changed(DEPLOYER, protects=False), changed(protects=False, day=2)
    yield silent("off, as before", first, again)
    yield alerts("on between", first, changed(protects=True, day=1), again, subject="prod")
    yield alerts("another stack", changed(DEPLOYER, protects=False, stack="test"), again)
    yield alerts("in another Region", {**first, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", first, changed(protects=False, day=401))
    yield silent("known for long", first, changed(protects=False, day=400))
    arn = "arn:aws:cloudformation:us-east-1:111122223333:stack/prod/1a2b"
    yield silent("by its ARN", first, changed(protects=False, day=1, stack=arn))
    make = "cloudformation:CreateStack"
    for kept, story in ((None, silent), (True, alerts)):
        made = request(make, stackName="prod", enableTerminationProtection=kept)
        yield story(f"made with {kept}", made, again)
        yield silent(f"only made with {kept}", made)
    anew = request(make, day=3, stackName="prod")
    yield silent("one of the same name is made", changed(protects=True), anew)


def changed(
    by: Fields | None = None, *, protects: bool, day: float = 0, stack: str = "prod"
) -> Record:
    setting: Fields = {"stackName": stack, "enableTerminationProtection": protects}
    return request("cloudformation:UpdateTerminationProtection", by, day=day, **setting)
