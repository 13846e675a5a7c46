"""Limits of access to the console changed.

An account may say from which networks people sign in to the console. An intruder adds a network of
their own, spares a principal, or switches the limits off. Those that they set lock people out.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.conditions import Limit, is_world
from trailwarden.policy.known import limits_to_known

OFF = "Limits of access to the console switched off"
OPENED = "Console opened to another network or principal"
TITLES = {
    "DeleteConsoleAuthorizationConfiguration": OFF,
    "DeleteResourcePermissionStatement": "Statement on access to the console removed",
    "PutConsoleAuthorizationConfiguration": "Limits of access to the console switched on",
    "PutResourcePermissionStatement": OPENED,
}
NETWORKS = {
    "sourceVpc": "aws:sourcevpc",
    "signinSourceVpce": "aws:sourcevpce",
    "consoleSourceVpce": "aws:sourcevpce",
}
"""The parameters that name a network, and the keys of conditions that they stand for."""


def detect(event: Event) -> Match | None:
    thing = event.request("targetId", "statementId") or event.recipient_account_id
    if event.name != "PutResourcePermissionStatement":
        severity = Severity.HIGH if event.name.startswith("Delete") else None
        return Match(f"{event.name} {thing}", severity, thing, TITLES[event.name])
    opened = thing if event.denied else opened_to(event)
    if not opened:
        return None
    severity = Severity.HIGH if is_world([opened]) else None
    return Match(f"{event.name} {opened}", severity, opened, OPENED)


def opened_to(event: Event) -> str:
    """Return the principal that a statement spares, or the network that nobody knows."""
    lines = [(NETWORKS[name], event.request(name), "stringequals") for name in NETWORKS]
    lines.append(("aws:sourceip", event.request("sourceIp"), "ipaddress"))
    lines.append(("aws:vpcsourceip", event.request("vpcSourceIp"), "ipaddress"))
    limits = [Limit(operator, key, [value]) for key, value, operator in lines if value]
    unknown = [limit.values[0] for limit in limits if not limits_to_known(limit, event)]
    is_known = len(unknown) < len(limits)  # all of them have to hold
    network = "" if is_known else next(iter(unknown), "any network")
    return event.request("excludedPrincipal") or network


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"signin:{name}" for name in TITLES],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556.009"],
        Tactic.PERSISTENCE: ["T1556.009"],
        Tactic.IMPACT: ["T1531"],
    },
    response="Ask the caller. If they did not plan it, put the former statements back with an "
    "access key, which these limits spare. Then look for sign-ins from the network or principal.",
    false_positives="An administrator sets up the limits by hand. Name the networks in "
    "`egress_ranges` and `own_networks`.",
    references=["https://docs.aws.amazon.com/signin/latest/userguide/console-access-control.html"],
)

ENVIRONMENT = Environment(
    egress_ranges=("203.0.113.0/24",),
    own_networks=("vpc-0a1b2c3d4e5f60718",),
    deploy_roles=DEPLOYED.deploy_roles,
)
PUT = "signin:PutResourcePermissionStatement"


def examples() -> Examples:
    configuration: Fields = {"targetId": ACCOUNT}
    for name in ("DeleteConsoleAuthorizationConfiguration", "PutConsoleAuthorizationConfiguration"):
        severity = Severity.HIGH if name.startswith("Delete") else Severity.MEDIUM
        changed = request(f"signin:{name}", **configuration)
        yield alerts(name, changed, severity=severity, subject=ACCOUNT)
        yield silent(f"{name}, by a pipeline", request(f"signin:{name}", DEPLOYER, **configuration))
        yield alerts(f"{name}, refused", refused(f"signin:{name}"), severity=Severity.LOW)
    taken = request("signin:DeleteResourcePermissionStatement", statementId="s-1")
    yield alerts("a statement removed", taken, severity=Severity.HIGH, subject="s-1")
    yield alerts("a network refused", refused(PUT), severity=Severity.LOW, subject=ACCOUNT)
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    for block, severity in (("198.51.100.7/32", Severity.MEDIUM), ("0.0.0.0/0", Severity.HIGH)):
        opened = request(PUT, sourceIp=block)
        label = f"PutResourcePermissionStatement {block}"
        yield alerts(block, opened, severity=severity, subject=block, label=label)
    yield silent("the company's network", request(PUT, sourceIp="203.0.113.0/25"))
    known, unknown = "vpc-0a1b2c3d4e5f60718", "vpce-0fedcba9876543210"
    for name in NETWORKS:
        told: Fields = {name: unknown}
        yield alerts(name, request(PUT, **told), subject=unknown)
    yield silent("a known VPC", request(PUT, sourceVpc=known))
    inside = request(PUT, vpcSourceIp="10.0.0.9")
    yield alerts("an address inside of some VPC", inside, subject="10.0.0.9")
    yield silent("an endpoint of a known VPC", request(PUT, sourceVpc=known, consoleSourceVpce="v"))
    spared = request(PUT, sourceVpc=known, excludedPrincipal=role)
    yield alerts("a principal that is spared", spared, subject=role)
    yield alerts("no limit at all", request(PUT), subject="any network")
