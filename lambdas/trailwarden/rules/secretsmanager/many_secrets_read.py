"""Many different secrets read by one principal.

A program reads its own few secrets. A principal that reads one after the other empties the store,
and each password opens something else.

The same secrets on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, EITHER, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY, Caller
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    function,
    refused,
    request,
)
from trailwarden.correlations import HOUR, ValueCount, by_actor, by_lineage, habit, of_thing
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.secretsmanager import counted, secrets_of


def detect(event: Event) -> Match | None:
    secrets = counted(event, secrets_of(event))
    return Match(secrets) if secrets else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=EITHER,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could read, most privileged first. Look for sign-ins with them since.",
    false_positives="Tools that copy or check all secrets. Name their roles in `deploy_roles`.",
    correlation=ValueCount(at_least=10, in_a_day=25, timespan=HOUR, group_by=by_lineage),
    unless_usual=habit(by_actor, kinds=of_thing),
    references=["https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"],
)


def examples() -> Examples:
    app = function("app", "app")
    reads = [read(n) for n in range(10)]
    apart = [read(n, number=f"{n}/password") for n in range(10)]
    yield alerts("ten secrets of ten programs", *apart)
    yield alerts("ten secrets", *reads)
    yield alerts("nine of them refused", *map(refusal, range(9)), reads[9])
    yield silent("nine secrets", *reads[:9])
    batch = "secretsmanager:BatchGetSecretValue"
    names = [f"app/{n}" for n in range(10)]
    yield alerts("ten in one batch", request(batch, secretIdList=names))
    yield silent("nine in batches", *(request(batch, secretIdList=names[:9]) for _ in range(2)))
    slowly = [read(50 * n) for n in range(25)]
    yield alerts("one after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:])
    yield silent("a function its own", *(read(n, app) for n in range(10)))
    mirror = assumed_role("external-secrets", "eks-prod-external-s-00000001-1a2b-4c3d")
    inside = {"sourceIPAddress": "10.20.3.4"}
    mirrored = [{**read(n, mirror), **inside} for n in range(10)]
    yield silent("a pod with Pod Identity, inside of the VPC", *mirrored)
    flat = [{**r, "requestParameters": {"secretId": f"s{n}"}} for n, r in enumerate(mirrored)]
    yield silent("secrets without a hierarchy", *flat)
    yield alerts("the same from elsewhere", *(read(n, mirror) for n in range(10)))
    foreign = {"vpcEndpointAccountId": OTHER_ACCOUNT}
    yield alerts("by an endpoint of others", *({**record, **foreign} for record in mirrored))
    team = [read(n, assumed_role("okta", f"p{n}")) for n in range(10)]
    offices = [{**r, "sourceIPAddress": f"203.0.113.{n}"} for n, r in enumerate(team)]
    yield silent("ten people of one role", *offices)
    yield alerts("ten sessions at one address", *team)
    yield silent("one secret ten times", *(read(n, number=0) for n in range(10)))
    yield from examples_of_habit(*reads, told=Severity.HIGH)


def read(minute: int, by: Fields | None = None, /, *, number: int | str | None = None) -> Record:
    secret = f"app/{minute if number is None else number}"
    return request("secretsmanager:GetSecretValue", by, minute=minute, secretId=secret)


def refusal(number: int) -> Record:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{number}-a1B2c3"
    message = f"User: mallory is not authorized to perform: x on resource: {arn} because"
    fields = {"errorMessage": message}
    return refused("secretsmanager:GetSecretValue", minute=number, fields=fields)
