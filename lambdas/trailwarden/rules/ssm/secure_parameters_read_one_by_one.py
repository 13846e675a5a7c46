"""Many different SecureString parameters decrypted.

A program decrypts its own few parameters. A thief of credentials decrypts everything that the key
opens.

The same parameters on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import ROLE, Fields, function, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, by_lineage, habit, of_thing
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.rds import is_true
from trailwarden.services.secretsmanager import counted
from trailwarden.services.ssm import decrypts, parameters_read

BATCH = 5
"""From so many on, `ssm.secure_parameters_read_in_batches` counts."""
PARTS = 3
"""How many parameters a hierarchy counts for that is read from its top."""


def detect(event: Event) -> Match | None:
    names = parameters_read(event)
    if not 1 <= len(names) < BATCH or not decrypts(event):
        return None
    if event.request("nextToken"):
        names = [f"{names[0]}/page of {event.event_time:%H:%M:%S} {event.event_id[:8]}"]
    return Match([*counted(event, names), *pages(event)])


def pages(event: Event) -> list[str]:
    """Return what a hierarchy read from its top counts for besides: it holds many parameters."""
    path = event.request("path")
    is_top = path.count("/") == 1 and is_true(event.get("requestParameters.recursive"))
    return [f"{path}, part {n}" for n in range(1, PARTS)] if is_top else []


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
    ],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006", "T1552"]},
    response="Find out whether a person or a program read them. If the owner cannot explain it, "
    "disable the credentials. Then rotate every secret in the list, those of databases first.",
    false_positives="Terraform runs that read many parameters: name their role in `deploy_roles`. "
    "A program that reads each of its settings by itself.",
    correlation=ValueCount(at_least=10, in_a_day=40, timespan=30 * MINUTE, group_by=by_lineage),
    unless_usual=habit(by_actor, kinds=of_thing),
)


def examples() -> Examples:
    app = function("app", "app")
    hierarchies = [f"/prod/app-{n}/key" for n in range(10)]
    yield alerts("ten parameters", *map(read, hierarchies))
    yield alerts("a function ten hierarchies", *(read(name, app) for name in hierarchies))
    settings = [f"/prod/app/{n}" for n in range(10)]
    yield alerts("a role one hierarchy", *(read(name, ROLE) for name in settings))
    paths = [by_path(f"/prod/{n}") for n in range(10)]
    yield alerts("ten paths", *paths)
    tops = [by_path(f"/{n}") for n in range(4)]
    everything = [with_all_below(record) for record in tops]
    yield alerts("four hierarchies from their tops", *everything)
    yield silent("three hierarchies from their tops", *everything[:3])
    yield silent("the first level of four", *tops)
    slowly = [read(f"/app-{n}/key", minute=30 * n) for n in range(40)]
    yield alerts("one after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:])
    few = [settings[:3], settings[3:6], settings[6:9], settings[9:]]
    by_threes = [request("ssm:GetParameters", names=n, withDecryption=True) for n in few]
    yield alerts("ten in four requests", *by_threes)
    ten_at_once = request("ssm:GetParameters", names=settings, withDecryption=True)
    yield silent("a program that starts", ten_at_once)
    lists = [request("ssm:GetParameters", names=[n], withDecryption=True) for n in settings]
    yield alerts("ten lists of one", *lists)
    yield alerts("ten histories", *(history(name) for name in settings))
    pages = [page("/prod", n) for n in range(10)]
    yield alerts("ten pages of one path", *pages)
    yield silent("nine pages", *pages[:9])
    yield silent("a function its pages", *(page("/prod", n, app) for n in range(10)))
    yield silent("the first page ten times", *(by_path("/prod") for _ in range(10)))
    yield silent("a function its settings", *(read(name, app) for name in settings))
    yield silent("nine parameters", *map(read, hierarchies[:9]))
    plain = (request("ssm:GetParameter", name=name) for name in hierarchies)
    yield silent("ten, still encrypted", *plain)
    yield from examples_of_habit(*map(read, hierarchies), told=Severity.HIGH)


def read(name: str, by: Fields | None = None, *, minute: float = 0) -> Record:
    return request("ssm:GetParameter", by, minute=minute, name=name, withDecryption=True)


def with_all_below(record: Record) -> Record:
    return {**record, "requestParameters": {**record["requestParameters"], "recursive": True}}


def by_path(path: str) -> Record:
    return request("ssm:GetParametersByPath", path=path, withDecryption=True)


def page(path: str, number: int, by: Fields | None = None) -> Record:
    rest: Fields = {"path": path, "withDecryption": True, "nextToken": f"t{number}"}
    return request("ssm:GetParametersByPath", by, **rest, minute=number)


def history(name: str) -> Record:
    return request("ssm:GetParameterHistory", name=name, withDecryption=True)
