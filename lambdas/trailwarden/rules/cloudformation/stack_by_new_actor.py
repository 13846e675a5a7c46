"""Stack created by a new principal.

Stacks come from pipelines and from a few people. A template makes users, roles and servers in one
call. A new author is a hint when something else is wrong.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    stack = event.request("stackName", "stackSetName", "provisionedProductName", "changeSetName")
    return Match(event.actor, subject=stack)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:CreateStack",
        "cloudformation:CreateStackInstances",
        "cloudformation:CreateStackSet",
        "cloudformation:ExecuteChangeSet",
        "servicecatalog:ProvisionProduct",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648", "T1072"]},
    response="Read the template, and what else the principal did that day.",
    false_positives="New colleagues and pipelines.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual, new = created(ROLE, day=0), created(USER, day=7)
    yield alerts("a new principal", usual, new, subject="s")
    yield alerts("beside the pipeline", created(DEPLOYER, day=0), new)
    yield silent("the usual one", usual, created(ROLE, day=8))
    yield silent("in the first week", usual, created(USER, day=6))


def created(by: Fields, *, day: int) -> Record:
    return request("cloudformation:CreateStack", by, day=day, stackName="s")
