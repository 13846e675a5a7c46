"""Several secrets deleted within minutes.

Without its secrets, no program signs in to anything. That halts a company cheaply, and locks its
owners out.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.secretsmanager import secrets_of


def detect(event: Event) -> Match | None:
    secrets = secrets_of(event)
    return Match(secrets) if secrets else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "secretsmanager:DeleteSecret",
        "secretsmanager:StopReplicationToReplica",
        "ssm:DeleteParameter",
        "ssm:DeleteParameters",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1531"]},
    response="Restore the secrets with `aws secretsmanager restore-secret` and the parameters from "
    "code. Then ask the caller. If nobody planned it, revoke their sessions and keys.",
    false_positives="An engineer takes a test environment down by hand.",
    correlation=ValueCount(at_least=6, in_a_day=15, timespan=10 * MINUTE, group_by=by_actor),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_restore-secret.html"
    ],
    window=7 * DAY,
)


def examples() -> Examples:
    yield alerts("six secrets", *(deleted(n) for n in range(6)))
    yield silent("the three of a preview", *(deleted(n) for n in range(3)))
    yield silent("five secrets", *(deleted(n) for n in range(5)))
    batches = [
        request("ssm:DeleteParameters", minute=n, names=names)
        for n, names in enumerate((["/a/1", "/a/2", "/a/3"], ["/a/4", "/a/5", "/a/6"]))
    ]
    yield alerts("six parameters in two requests", *batches)
    names = [f"/a/{n}" for n in range(9)]
    for least, story in ((3, alerts), (4, silent)):
        none: Fields = {"invalidParameters": names[:least]}
        partly = request("ssm:DeleteParameters", names=names, answer=none)
        yield story(f"nine parameters, of which {least} are not there", partly)
    one_by_one = [request("ssm:DeleteParameter", minute=n, name=f"/app/{n}") for n in range(6)]
    yield alerts("six parameters", *one_by_one)
    slowly = [deleted(90 * n) for n in range(15)]
    yield alerts("one after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:])


def deleted(number: int) -> Record:
    return request("secretsmanager:DeleteSecret", minute=number, secretId=f"app/{number}")
