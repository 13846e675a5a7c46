"""Session used on two networks.

A stolen token or cookie works anywhere, while its owner goes on working. A function or a runner
has one place. People and roles move: their session counts if it returns within the hour from
a network that they did not use before. A role's session counts with a second program, too, and a
person's with a second browser. By turns with one program and without a severe act, it is LOW.
"""

from typing import NamedTuple

from trailwarden import (
    ATTEMPTED,
    AWS_ITSELF,
    WORKLOADS,
    Caller,
    Event,
    Match,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import is_private_address
from trailwarden.cloudtrail.caller import resembles_container, resembles_workload
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    PERSON,
    ROLE,
    ROOT,
    Fields,
    assumed_role,
    function,
    iam_user,
    instance_role,
    pod,
    request,
    service_linked_role,
    task,
)
from trailwarden.cloudtrail.user_agent import program_of
from trailwarden.correlations import DAY, HOUR, by_actor
from trailwarden.detection.alike import Alike, Span
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import CREDENTIAL_CALLS, SENSITIVE_CALLS, SWEEPS
from trailwarden.services.sts import TwoPlaces
from trailwarden.services.uses import device_of, person_of, session_id, use_label

MOVES = "Session used by turns on two networks"
SEVERE = frozenset({*CREDENTIAL_CALLS, *SENSITIVE_CALLS})
MACHINES = frozenset({Caller.INSTANCE, Caller.POD, Caller.TASK})
MOVERS = frozenset({Caller.PERSON, Caller.ROOT, Caller.ACCESS_KEY})


class Holding(NamedTuple):
    """How a session is held: by what moves, and by which program."""

    moves: bool
    program: str
    subject: str
    is_persons: bool


def detect(event: Event) -> Match | None:
    held = holding(event)
    if not held:
        return None
    is_severe = held.moves and event.action in SEVERE
    label = use_label(event, moves=held.moves, program=held.program, severe=is_severe)
    title = MOVES if held.is_persons else ""
    return Match(label, subject=held.subject, title=title) if label else None


@of_acting
def holding(event: Event) -> Holding | None:
    """Return how a session is held; None where another rule looks, or nothing can be told."""
    if ":i-" in event.user_identity.principal_id or resembles_container(event):
        return None  # an instance or a container, of other rules
    if is_private_address(event.source_ip_address) and not event.vpc_endpoint_id:
        return None  # a network without a name, perhaps that of its gateway
    is_of_machine = is_machine(event)
    is_persons = event.caller in MOVERS or event.from_console
    is_shared = not (is_persons or is_of_machine)
    of_person = event.caller in MOVERS and not is_of_machine
    program = device_of(event) if of_person else program_of(event.user_agent) if is_shared else ""
    subject = f"{event.actor}, session {session_id(event)}"
    return Holding(is_shared or of_person, program, subject, of_person)


def is_machine(event: Event) -> bool:
    """Say whether a machine has the session, such as a runner of a build."""
    return resembles_workload(event) or bool(event.user_identity.federated_provider)


@of_acting
def by_holder(event: Event) -> str:
    """Group by the actor, whose usual networks count; runners have other ones in each session.

    One role is many people's. A name of a session that is an address of mail tells them apart.
    """
    is_runner = event.caller not in WORKLOADS and event.user_identity.federated_provider
    return f"{by_actor(event)}/{session_id(event) if is_runner else person_of(event)}"


@of_acting
def alike(event: Event) -> Alike:
    """Say that of each service one use an hour is enough, and one a minute of what moves."""
    held = holding(event)
    apart = SEVERE if held and held.moves else frozenset[str]()
    return Alike(Span.MINUTE if held and held.moves else Span.HOUR, by_service=True, apart=apart)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS}),
    where={"userIdentity": {"accessKeyId": [{"prefix": "ASIA"}]}},
    exempt=AWS_ITSELF,
    # Instances and containers have rules of their own. Vendors have many gateways.
    callers=frozenset(Caller) - (MACHINES | {Caller.OUTSIDER, Caller.ANONYMOUS}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.CREDENTIAL_ACCESS: ["T1539", "T1528"]},
    response="Ask the person, or the owner of the program, whether both networks are theirs. If "
    "not, revoke the sessions of the role or user. Then review all acts from the other network.",
    false_positives="The first day of a VPN that only some requests take, and gateways with "
    "addresses of several providers. Name them among the egress ranges.",
    concerns=holding,
    alike=alike,
    correlation=TwoPlaces(
        timespan=7 * DAY, apart=HOUR, moving=True, others=True, group_by=by_holder
    ),
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24",))
LOW, MEDIUM = Severity.LOW, Severity.MEDIUM
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/133.0 Safari/537"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HERE, THERE, KEY = "198.51.100.7", "100.24.0.9", "ASIAIOSFODNN7EXAMPLE"
LAPTOP = "aws-cli/2.27.0 os/macos#24.1"
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
A_DAY = 24 * 60


def examples() -> Examples:
    subject = f"{PERSON_ACTOR}, session 2025-06-02T11:55:00Z"
    yield alerts("a cookie of the console", *turns(PERSON), subject=subject, severity=LOW)
    runner = assumed_role("Ci", "run-1", webIdFederationData={"federatedProvider": GITHUB})
    machines = {
        "a function": function("resize", "Resize"),
        "a runner of GitHub": runner,
    }
    for name, by in machines.items():
        yield alerts(name, call(by, HERE), call(by, THERE, minute=9))
        yield alerts(f"{name}, later", call(by, HERE), call(by, THERE, minute=119))
        yield silent(f"{name}, hours later", call(by, HERE), call(by, THERE, minute=120))
        yield silent(f"{name}, on one network", call(by, HERE), call(by, "198.51.9.9", minute=9))
    runtime = {"userAgent": "Boto3/1.38 exec-env/AWS_Lambda_python3.13"}
    resize = function("resize", "Resize")
    at_home = [call(resize, place, minute=n, **runtime) for n, place in enumerate((HERE, THERE))]
    yield silent("a function by Lambda's own addresses", *at_home)
    yield alerts(
        "a function by its runtime, and without it", at_home[0], call(resize, THERE, minute=9)
    )
    yield from of_roles_and_people()
    yield from of_laptops()
    yield from of_gateways()


def of_roles_and_people() -> Examples:
    yield from of_roles()
    ci = iam_user("ci", key=KEY)
    taken = call(ROLE, THERE, minute=9, userAgent=LAPTOP)
    yield alerts("a session of a role, by two programs", call(ROLE, HERE), taken)
    for name in ("x for y with z", "system x", "x, at 2025-06-02 12 h"):
        odd = call(ROLE, THERE, minute=9, userAgent=f"{name}/2")
        yield alerts(f"a program called {name}", call(ROLE, HERE), odd, severity=MEDIUM)
    console: Fields = {"sessionCredentialFromConsole": "true"}
    switched = call(ROLE, HERE, **console), call(ROLE, THERE, minute=9, **console)
    yield alerts("a role of the console", *switched)
    known = call(ROLE, THERE, userAgent=LAPTOP), call(ROLE, HERE, minute=3 * 60)
    later = (
        call(ROLE, HERE, minute=6 * A_DAY),
        {**taken, "eventTime": "2025-06-08T12:09:00Z"},
    )
    yield silent("a role whose networks are known", *known, *later)
    yield alerts("a session of a user", *turns(ci, console=False))
    yield alerts("root", *turns(ROOT | {"accessKeyId": KEY}))
    yield alerts("from the office, and elsewhere", *turns(PERSON, here="192.0.2.7"))
    for by in (pod("Api"), task("Api")):
        yield silent("a container, of another rule", call(by, HERE), call(by, THERE, minute=9))
    yield silent("a person who moves", call(PERSON, HERE), call(PERSON, THERE, minute=9))
    yield silent("a person who is back in the evening", *turns(PERSON, apart=90))
    yield silent("both families of addresses", *turns(PERSON, there="2001:db8::9"))
    vpn = call(PERSON, THERE), call(PERSON, HERE, minute=3 * 60)
    yield silent("a VPN that the person uses", *vpn, *turns(PERSON, day=6))
    yield alerts("one that they used long ago", *vpn, *turns(PERSON, day=10))
    page, other, last = turns(PERSON)
    shell = {**other, "userAgent": "aws-cli/2.27.0 exec-env/CloudShell"}
    yield silent("CloudShell beside the console", page, shell, last)
    yield silent("a user who moves", call(ci, HERE), call(ci, THERE, minute=9))
    long_term = iam_user("ci")
    yield silent("a long-term key", *turns(long_term, console=False))
    yield silent("an instance, of another rule", *turns(instance_role("Web"), console=False))
    old = assumed_role("Web", "i-0123456789abcdef0")
    yield silent("a session named like an instance", *turns(old, console=False))
    guest = assumed_role("Scan", account=OTHER_ACCOUNT)
    yield silent("a vendor", *turns(guest, console=False))
    linked = service_linked_role("AWSServiceRoleForConfig", "config")
    yield silent("AWS itself", call(linked, HERE), call(linked, THERE, minute=9, userAgent=LAPTOP))
    own = function("resize", "Resize")
    gateway = call(own, HERE), call(own, "10.0.3.7", minute=9)
    yield silent("a private address of no endpoint", *gateway)
    yield from of_sign_ins()
    next_key = iam_user("ci", key="ASIAI44QH8DHBEXAMPLE")
    sessions = call(ci, HERE), call(next_key, THERE, minute=5), call(ci, HERE, minute=9)
    yield silent("two sessions of one user", *sessions)


def of_sign_ins() -> Examples:
    """Tell of keys that one sign-in by `aws login` got one after the other."""
    context = {"signInSessionArn": f"arn:aws:signin:us-east-1:{ACCOUNT}:session/daff060f"}
    keys = [{**iam_user("ci", key=f"ASIA{n}"), "sessionContext": context} for n in range(3)]
    places = enumerate(zip(keys, (HERE, THERE, HERE), strict=True))
    laptop = [call(by, place, minute=n * 9, userAgent=LAPTOP) for n, (by, place) in places]
    other = {**laptop[1], "userAgent": "aws-cli/2.32 os/linux#6.8.0-60-generic"}
    subject = f"arn:aws:iam::{ACCOUNT}:user/ci, session daff060f"
    copied = laptop[0], other, laptop[2]
    yield alerts("a sign-in", *copied, severity=MEDIUM, subject=subject)
    yield alerts("its laptop", *laptop, severity=LOW)


def of_roles() -> Examples:
    """Tell of a role's session that comes from two networks by turns."""
    by_turns = turns(ROLE, console=False)
    yield alerts("a session of a role, by turns", *by_turns, severity=LOW)
    away = severe(by_turns[1])
    yield alerts("a severe act", by_turns[0], away, by_turns[2], severity=MEDIUM)
    yield silent("one that moves", call(ROLE, HERE), call(ROLE, THERE, minute=9))
    yield silent("one that is back in the evening", *turns(ROLE, console=False, apart=40))
    home = call(ROLE, HERE, minute=9, userAgent=LAPTOP)
    yield silent("two programs on one network", call(ROLE, HERE), home)


def of_laptops() -> Examples:
    """Tell of a person's session that comes from two networks by turns."""
    console: Fields = {"sessionCredentialFromConsole": "true"}
    page, away, back = turns(PERSON)
    yield alerts("a severe act from there", page, severe(away), back, severity=MEDIUM)
    yield alerts("one from here", severe(page), away, back, severity=MEDIUM)
    known = call(PERSON, HERE, **console)
    first, middle, last = turns(PERSON, day=2)
    now = severe(first), middle, severe(last)
    yield alerts("one from a network that is known", known, *now, severity=LOW)
    mac, linux = {"userAgent": MAC}, {"userAgent": LINUX}
    yield alerts(
        "a second browser", {**page, **mac}, {**away, **linux}, {**back, **mac}, severity=MEDIUM
    )
    yield alerts("one browser", {**page, **mac}, {**away, **mac}, back, severity=LOW)
    yield alerts("a second browser, one way", {**page, **mac}, {**away, **linux}, severity=MEDIUM)
    yield silent("two browsers on one network", {**page, **mac}, {**back, **linux})
    cli, boto = {"userAgent": LAPTOP}, {"userAgent": "Boto3/1.38 os/linux#6.8.0-60-generic"}
    programs = [{**one, **cli} for one in turns(PERSON, console=False)]
    yield alerts("one system", *programs, severity=LOW)
    yield alerts("two systems", programs[0], {**programs[1], **boto}, programs[2], severity=MEDIUM)
    yield silent("two systems, one way", programs[0], {**programs[1], **boto})


def severe(record: Record) -> Record:
    """Return another event that reads a secret where and when this one happened."""
    secret: Fields = {"eventName": "GetSecretValue", "requestParameters": {"secretId": "db"}}
    return {**record, **secret, "eventID": f"{record['eventID']}-severe"}


def of_gateways() -> Examples:
    """Tell of roles whose sessions have several networks: a vendor's pool, and a team's people."""
    next_role = ROLE | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    pool = [call(ROLE, f"198.5{n}.100.7", minute=60 * n) for n in range(1, 4)]
    new = turns(next_role, day=1, there="84.17.50.3", console=False)
    yield silent("a vendor with many gateways", *pool, *new)
    yield alerts("a program that is new", *pool, new[0], {**new[1], "userAgent": "curl/8"})
    yield alerts("a program of two networks", *pool[:2], *new)
    alice, bob = (assumed_role("Team", f"{who}@example.com") for who in ("alice", "bob"))
    others = [call(bob, f"198.5{n}.100.7", minute=60 * n) for n in range(1, 4)]
    yield alerts("a person of SAML", *others, *turns(alice, day=1, console=False))
    known = call(alice, THERE), call(alice, HERE, minute=3 * 60)
    yield silent("on known networks", *known, *turns(alice, day=2, console=False))


PERSON_ACTOR = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/"
    "AWSReservedSSO_AdministratorAccess_0123456789abcdef/alice@example.com"
)


def turns(
    by: Fields,
    *,
    here: str = HERE,
    there: str = THERE,
    apart: float = 10,
    day: float = 0,
    console: bool = True,
) -> list[Record]:
    """Tell of a session that is used here, there, and here again."""
    flag = {"sessionCredentialFromConsole": "true"} if console else {}
    return [
        call(by, address, minute=day * A_DAY + n * apart, **flag)
        for n, address in enumerate((here, there, here))
    ]


def call(by: Fields, address: str, *, minute: float = 0, **fields: str) -> Record:
    others = {"sourceIPAddress": address} | fields
    return request("secretsmanager:ListSecrets", by, minute=minute, fields=others)
