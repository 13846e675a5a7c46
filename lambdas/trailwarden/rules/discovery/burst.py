"""Several services explored within minutes.

A principal with a stolen credential does not know its use, and asks for users, machines, buckets
and secrets. Colleagues know, and programs ask for the things that they need. Scanners and refreshes
come back: what a principal does again is told once in 60 days. A patient one asks all day long.
"""

from collections.abc import Sequence
from typing import Any

from trailwarden import EITHER, LEAKED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.samples import PERSON, ROLE, Fields, refused, request
from trailwarden.correlations import MINUTE, by_actor, by_lineage, first_use
from trailwarden.detection.spread import SpreadCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import EXPLORED, SWEEPS
from trailwarden.services.things import asks_for_everything


def detect(event: Event) -> Match | None:
    if not is_programs(event):
        return None
    if event.action in INVENTORIES:
        return Match(listed_by(event))
    return Match(event.action) if asks_for_everything(event) else None


@of_acting
def is_programs(event: Event) -> bool:
    """Say whether a program asks: pages of the console ask for much at once."""
    return not event.from_console


def listed_by(event: Event) -> str:
    """Return the call that an inventory of a type stands for: `lambda:ListFunction`."""
    _, _, kind = event.request("typeName").partition("::")
    service, _, thing = kind.partition("::")
    return f"{service.lower()}:List{thing}" if thing else event.action


INVENTORIES = frozenset(
    {
        "cloudcontrolapi:ListResources",
        "config:SelectResourceConfig",
        "resource-explorer-2:Search",
        "tagging:GetResources",
    }
)
"""Calls that list things of any service, by a type or a question."""

RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SWEEPS,
    exempt=SECURITY_WORK,
    concerns=is_programs,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    story="exploration",
    across=True,
    attack={Tactic.DISCOVERY: ["T1580", "T1526", "T1619", "T1087.004"]},
    response="Ask the person behind the credential whether they look around. If they do not, or it "
    "is a machine's, revoke its sessions and keys. Then read its next acts.",
    false_positives="A new inventory or posture scanner: name its role in `security_roles`.",
    correlation=SpreadCount(
        at_least=8,
        in_a_day=12,
        services=3,
        explored=EXPLORED,
        timespan=10 * MINUTE,
        group_by=by_lineage,
    ),
    unless_usual=first_use(by_actor, at_once_by=LEAKED),
)

CALLS = (
    "sts:GetCallerIdentity",
    "iam:ListUsers",
    "s3:ListBuckets",
    "ec2:DescribeInstances",
    "iam:ListRoles",
    "lambda:ListFunctions20150331",
    "rds:DescribeDBInstances",
    "secretsmanager:ListSecrets",
)


def examples() -> Examples:
    usual = request("ec2:RunInstances", ROLE)
    yield alerts("eight calls", usual, *calls(ASKED, day=7))
    yield alerts("eight others", usual, *calls(day=7))
    yield alerts("by a key, in the first week", *calls())
    yield alerts("by a role", usual, *calls(by=ROLE, day=7))
    yield silent("by a role, in the first week", usual, *calls(by=ROLE, day=6))
    yield silent("a scanner, after the first week", *calls(by=ROLE), *calls(by=ROLE, day=8))
    between = request("ec2:RunInstances", ROLE, day=40)
    gone = [*calls(by=ROLE), between, *calls(by=ROLE, day=61)]
    yield alerts("a scanner that was gone", *gone)
    yield alerts("by a person", usual, *calls(by=PERSON, names=ASKED, day=7))
    yield silent("a person's editor", usual, *calls(by=PERSON, names=LISTED, day=8))
    yield alerts("the same, refused", *(refused(name, minute=n) for n, name in enumerate(CALLS)))
    for first in range(0, len(SWEEPS), 4):
        swept = (SWEEPS + SWEEPS)[first : first + 4]
        more = [*swept, *(call for call in CALLS if call not in swept)][:8]
        yield alerts(f"eight from {swept[0]}", *calls(more))
    yield silent("seven", *calls(CALLS[:7]))
    patient = [request(name, minute=n * 100) for n, name in enumerate(ASKED_IN_A_DAY)]
    yield alerts("twelve in a day", *patient)
    yield silent("eleven in a day", *patient[1:])
    types = ("IAM::Role", "IAM::User", "S3::Bucket", "EC2::Instance", "EC2::VPC", "KMS::Key")
    kinds = [f"AWS::{kind}" for kind in (*types, "Lambda::Function", "RDS::DBInstance")]
    one_by_one = [request(CONTROL, minute=n, typeName=kind) for n, kind in enumerate(kinds)]
    yield alerts("eight types of Cloud Control", *one_by_one, label="rds:ListDBInstance")
    yield silent("one type, again and again", *(one_by_one[0] for _ in kinds))
    question = request("config:SelectResourceConfig", expression="SELECT *")
    yield alerts("a question to Config, and seven calls", question, *calls(CALLS[:7]))
    names = ("Users", "Roles", "Groups", "Policies", "SAMLProviders", "InstanceProfiles")
    yield silent("one service", *calls([f"iam:List{name}" for name in names]))
    yield silent("in the console", *calls(fields={"sessionCredentialFromConsole": "true"}))
    one = [request(n, minute=m, fields={"requestParameters": ONE}) for m, n in enumerate(EC2)]
    yield silent("one thing each", *one)


CONTROL = "cloudcontrolapi:ListResources"
ONE = {"filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "v"}]}}]}}
EC2 = [name for name in SWEEPS if name.startswith("ec2:")]


ASKED = [name for name in SWEEPS if name.partition(":")[0] not in EXPLORED][:8]
ASKED_IN_A_DAY = [*CALLS[:4], *(name for name in SWEEPS if name not in CALLS)][:12]
LISTED = [name for name in SWEEPS if name.partition(":")[0] in EXPLORED][:20]


def calls(
    names: Sequence[str] = CALLS,
    *,
    by: Fields | None = None,
    day: int = 0,
    fields: dict[str, Any] | None = None,
) -> list[Record]:
    return [
        request(name, by, day=day, minute=n % 10, fields=fields) for n, name in enumerate(names)
    ]
