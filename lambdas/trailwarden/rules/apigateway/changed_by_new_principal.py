"""API changed by a new principal.

The routes of an API or a load balancer decide where visitors go. An intruder can send them
elsewhere, or open a way in without a login.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

READS = ("GetApiKey", "ListApiKeys")


def detect(event: Event) -> Match:
    kind = "keys read" if event.name in READS else "change"
    return Match(f"{event.service} {kind} by {event.actor}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:CreateApi",
        "apigateway:CreateApiKey",
        "apigateway:CreateDeployment",
        "apigateway:CreateIntegration",
        "apigateway:CreateRestApi",
        "apigateway:CreateRoute",
        "apigateway:CreateStage",
        "apigateway:GetApiKey",
        "apigateway:ImportApi",
        "apigateway:ImportApiKeys",
        "apigateway:ImportRestApi",
        "apigateway:PutIntegration",
        "apigateway:PutMethod",
        "apigateway:PutRestApi",
        "apigateway:ReimportApi",
        "apigateway:UpdateApi",
        "apigateway:UpdateApiKey",
        "apigateway:UpdateAuthorizer",
        "apigateway:UpdateDeployment",
        "apigateway:UpdateIntegration",
        "apigateway:UpdateMethod",
        "apigateway:UpdateRestApi",
        "apigateway:UpdateRoute",
        "appsync:CreateApiKey",
        "appsync:CreateGraphqlApi",
        "appsync:CreateResolver",
        "appsync:ListApiKeys",
        "appsync:UpdateApiKey",
        "appsync:UpdateGraphqlApi",
        "appsync:UpdateResolver",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.INITIAL_ACCESS: ["T1190"],
        Tactic.CREDENTIAL_ACCESS: ["T1557", "T1552"],
        Tactic.COLLECTION: ["T1185"],
    },
    response="Look where the routes lead and whether they ask for a login. If nobody knows the "
    "change, put the former routes back and replace the keys.",
    false_positives="A new colleague or pipeline.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=90),
)


def examples() -> Examples:
    route, keys = "CreateStage", "GetApiKey"
    usual = called(route, ROLE, day=0)
    yield alerts("a new principal", usual, called(route, USER, day=7))
    yield alerts("keys read for the first time", usual, called(keys, ROLE, day=7))
    yield silent("the usual one", usual, called(route, ROLE, day=8))
    yield silent("in the first week", usual, called(route, USER, day=6))


def called(call: str, by: Fields, *, day: int) -> Record:
    return request(f"apigateway:{call}", by, day=day)
