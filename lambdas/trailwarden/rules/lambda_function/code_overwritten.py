"""Code of a Lambda function replaced outside of a deployment.

Code reaches production through a pipeline. A caller that uploads it by hand makes the function's
role do anything, without a request to IAM.

Sessions that a token of an own identity provider opened are mostly a pipeline's. Each role of such
sessions is told once, as LOW, unless it deployed while its account was learned. A person of
Identity Center is LOW where colleagues of the permission set did so on an earlier day. A key or a
role that uploads the same function again is not told for two months.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller, resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    pod,
    refused,
    request,
    sso_user,
)
from trailwarden.correlations import by_team_or_actor, each_day, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    if event.get("requestParameters.dryRun") is True:
        return None
    function = function_of(event)
    if resembles_pipeline(event):
        return Match("deployed with a token", Severity.LOW, event.user_identity.role_name)
    by_hand = event.caller is Caller.PERSON
    label = each_day(event, function) if by_hand else f"{function} by a program"
    return Match(label, severity=Severity.MEDIUM, subject=function)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionCode"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.EXECUTION: ["T1648"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1584.007"],
    },
    response="Ask the caller. If they did not do it, deploy the function again from its "
    "repository. Disable the key or session, and review the acts of the function's role.",
    false_positives="A quick fix in the console. A pipeline deploys with a role or user that the "
    "environment does not know: name it in `deploy_roles`.",
    correlation=first_use(by_team_or_actor, days=60, at_once=Severity.MEDIUM, of_teams=True),
)


def examples() -> Examples:
    uploaded: Fields = {"functionName": "orders", "publish": False, "dryRun": False}
    action = "lambda:UpdateFunctionCode20150331v2"
    yield alerts("a user uploads code", request(action, **uploaded), subject="orders")
    once = request(action, ROLE, **uploaded)
    yield alerts("a role does", once, label="orders by a program")
    other = request(action, ROLE, day=1, **uploaded | {"functionName": "bills"})
    yield alerts("another function the next day", once, other, label="bills by a program")
    yield alerts("after two months", once, request(action, ROLE, day=61, **uploaded))
    first, later = build(ACCOUNT, day=0), build(ACCOUNT, day=7)
    heard = request(action, **uploaded | {"dryRun": True})
    yield alerts(
        "the first build in a known account", heard, later, severity=Severity.LOW, subject="deploy"
    )
    yield silent("a build in the first week", first)
    yield silent("a build as ever", first, later)
    yield alerts("a build of another role", first, build(ACCOUNT, "release", day=7))
    ann, bob = (by_hand(f"{name}@example.com", day) for name, day in (("ann", 0), ("bob", 1)))
    yield alerts("the first of a permission set", ann, severity=Severity.MEDIUM)
    label = f"orders on 2025-06-03 by bob@example.com in {ACCOUNT}"
    yield alerts("a colleague", ann, bob, label=label)
    yield alerts("a build of a foreign provider", build(OTHER_ACCOUNT, day=0), subject="orders")
    yield alerts("a pod does", request(action, pod("web"), **uploaded), subject="orders")
    yield silent("only a dry run", request(action, **uploaded | {"dryRun": True}))
    yield silent("a refused request", refused(action))


def by_hand(person: str, day: int) -> Record:
    action = "lambda:UpdateFunctionCode20150331v2"
    return request(action, sso_user(person), day=day, functionName="orders", dryRun=False)


def build(account: str, role: str = "deploy", *, day: int) -> Record:
    provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    data: Fields = {"federatedProvider": provider, "attributes": {}}
    by = assumed_role(role, webIdFederationData=data)
    action = "lambda:UpdateFunctionCode20150331v2"
    return request(action, by, day=day, functionName="orders", publish=False, dryRun=False)
