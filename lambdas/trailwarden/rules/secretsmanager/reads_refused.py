"""Principal refused one secret after the other.

A program that lost a permission asks for the same secret again. A principal that asks for several
different secrets does not know its permissions, and tries. One that asks for secrets that are not
there guesses their names. Workloads look up what may be missing, and do not count for that.

The same secrets on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import FAILED, SECURITY_WORK, WORKLOADS, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import ACCOUNT, instance_role, refused, request
from trailwarden.correlations import HOUR, ValueCount, by_actor, by_lineage, habit, of_thing
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.secretsmanager import secrets_of

MISSING = "ResourceNotFoundException"
GUESSED = "Names of secrets guessed"


def detect(event: Event) -> Match | None:
    if event.denied:
        return Match(secrets_of(event) or event.event_id)
    guessed = Match(f"no secret {event.request('secretId')}", title=GUESSED)
    return None if event.caller in WORKLOADS else guessed


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    where={"errorCode": sorted({*DENIED_CODES, MISSING})},  # what the outcome says, for the index
    exempt=SECURITY_WORK,
    outcome=FAILED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Look at the principal's readable secrets, and at its other refusals. If it is a "
    "program, its host or key is in other hands: replace both.",
    false_positives="A deployment whose permissions are not there yet.",
    correlation=ValueCount(at_least=5, timespan=HOUR, group_by=by_lineage),
    unless_usual=habit(by_actor, kinds=of_thing),
    references=["https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html"],
)


def examples() -> Examples:
    refusals = [refusal(n, n) for n in range(5)]
    yield alerts("five secrets", *refusals)
    yield silent("four secrets", *refusals[:4])
    yield silent("one secret, five times", *(refusal(1, n) for n in range(5)))
    guesses = [missing(n) for n in range(5)]
    yield alerts("five that are not there", *guesses, label="no secret prod/0")
    yield silent("four that are not there", *guesses[1:])
    yield silent("one that is not there, five times", *guesses[:1] * 5)
    workload = {"userIdentity": instance_role("app")}
    yield silent("a workload looks them up", *({**guess, **workload} for guess in guesses))
    other = [{**r, "errorCode": "ThrottlingException"} for r in refusals]
    yield silent("too many requests", *other)
    yield from examples_of_habit(*refusals, told=Severity.MEDIUM)


def refusal(secret: int, minute: int) -> Record:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{secret}-a1B2c3"
    message = f"User: mallory is not authorized to perform: x on resource: {arn} because"
    fields = {"errorMessage": message, "errorCode": "AccessDeniedException"}
    return refused("secretsmanager:GetSecretValue", minute=minute, fields=fields)


def missing(number: int) -> Record:
    fields = {"errorCode": MISSING, "errorMessage": "Secrets Manager can't find it."}
    named = f"prod/{number}"
    return request("secretsmanager:GetSecretValue", minute=number, fields=fields, secretId=named)
