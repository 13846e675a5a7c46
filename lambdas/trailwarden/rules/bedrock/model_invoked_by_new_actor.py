"""Bedrock model invoked by a new principal.

Programs use models every day. The resale of stolen model use begins with a new principal, or in an
unused Region.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, assumed_role, request, sso_user
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.actor} in {event.aws_region}", subject=event.request("modelId"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
        "bedrock:CreateModelInvocationJob",
        "bedrock:StartAsyncInvoke",
    ],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.ACCESS_KEY},  # a rule of its own tells of those
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask the principal's owner whether it should use models in this Region. If not, "
    "revoke its sessions or keys, and look for the same in every Region.",
    false_positives="A new program, or a colleague who tries models out.",
    correlation=first_use(by_team, days=60, of_teams=True),
)

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


OUTPUT: Fields = {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://answers"}}}
JOBS: Mapping[str, Fields] = {
    "bedrock:CreateModelInvocationJob": {
        "jobName": "batch",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/batch",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://questions"}},
        **OUTPUT,
    },
    "bedrock:StartAsyncInvoke": {"modelInput": {}, **OUTPUT},
}


def examples() -> Examples:
    web = assumed_role("web")
    usual = invoked(ROLE, day=0)
    yield alerts("a new principal", usual, invoked(web, day=7), subject=MODEL)
    yield alerts("a new Region", usual, invoked(ROLE, day=8, region="sa-east-1"))
    for action, job in JOBS.items():
        batch = request(action, web, day=7, modelId=MODEL, **job)
        yield alerts(action, usual, batch, subject=MODEL)
    ann, bob = (sso_user(f"{name}@example.com", "AdministratorAccess") for name in ("ann", "bob"))
    alice = invoked(ann, day=0)
    yield alerts("a colleague", alice, invoked(bob, day=7), severity=Severity.LOW)
    yield alerts("beside people", alice, invoked(web, day=7), severity=Severity.MEDIUM)
    yield silent("the usual program", usual, invoked(ROLE, day=8))
    yield silent("in the first week", usual, invoked(web, day=6))


def invoked(by: Fields, *, day: int, region: str = "us-east-1") -> Record:
    fields = {"awsRegion": region}
    return request("bedrock:InvokeModel", by, day=day, fields=fields, modelId=MODEL)
