"""SecureString parameters decrypted batch after batch.

One request decrypts up to ten parameters. A program needs one or two such requests when it starts.
A thief who empties the store needs one for every ten parameters.

The same parameters on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import ROLE, Fields, request, task
from trailwarden.correlations import MINUTE, ValueCount, by_actor, by_lineage, habit, of_thing
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.secretsmanager import counted
from trailwarden.services.ssm import decrypts, parameters_read

BATCH = 5


def detect(event: Event) -> Match | None:
    names = parameters_read(event)
    is_batch = len(names) >= BATCH and decrypts(event)
    return Match(counted(event, names)) if is_batch else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParameters"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006", "T1552"]},
    response="Find out whether a person or a program read them. If the owner cannot explain it, "
    "disable the credentials. Then rotate every secret in the list, those of databases first.",
    false_positives="The start of programs with very many settings that share one role.",
    correlation=ValueCount(at_least=25, in_a_day=60, timespan=30 * MINUTE, group_by=by_lineage),
    unless_usual=habit(by_actor, kinds=of_thing),
)


def examples() -> Examples:
    yield alerts("three batches of ten", *(read(n, size=10) for n in range(3)))
    yield alerts("five batches of five", *(read(n, size=5) for n in range(5)))
    yield silent("two batches, as a program starts", *(read(n, size=10) for n in range(2)))
    yield silent("four batches of six", *(read(n, size=6) for n in range(4)))
    yield silent("seven small requests", *(read(n, size=4) for n in range(7)))
    yield silent("the same batch four times", *(read(n, size=10, batch=0) for n in range(4)))
    slowly = [read(200 * n, size=10) for n in range(6)]
    yield alerts("one batch after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:], read(1, size=9, batch=0))
    encrypted = (read(n, size=10, withDecryption=False) for n in range(4))
    yield silent("still encrypted", *encrypted)
    yield from examples_of_habit(*(read(n, size=10) for n in range(3)), told=Severity.HIGH)

    settings = [f"/prod/shop/{n}" for n in range(40)]
    starts = [batch(settings[n : n + 10], task("shop")) for n in range(0, 40, 10)]
    yield silent("a task its own hierarchy", *starts)
    yield alerts("a role that hierarchy", batch(settings, ROLE))


def batch(names: list[str], by: Fields) -> Record:
    return request("ssm:GetParameters", by, names=names, withDecryption=True)


def read(minute: int, *, size: int, batch: int | None = None, **flag: bool) -> Record:
    place = minute if batch is None else batch
    names = [f"/prod/{place}/secret-{n}" for n in range(size)]
    parameters: Fields = {"names": names, "withDecryption": True, **flag}
    return request("ssm:GetParameters", ROLE, minute=minute, **parameters)
