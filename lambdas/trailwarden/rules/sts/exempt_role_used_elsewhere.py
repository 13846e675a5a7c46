"""Exempt role used from a new place.

Many rules exempt the roles that `deploy_roles` and `security_roles` name. Each has its usual
networks, tools and identity provider. A new one suggests a stolen session.

The runners of identity providers change their networks every day. So the networks of sessions that
a provider opened do not count. Where such a session takes another exempt role, that role is known
on the session's network. A role that many networks use, as its runners take it in turn, has no
usual one: another network is no news then. People of Identity Center travel, and use the
console beside the command line. Other rules look at their sessions.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, Fields, assumed_role, request
from trailwarden.cloudtrail.user_agent import program_of
from trailwarden.correlations import first_use
from trailwarden.detection.alike import Alike, Span
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.iam import is_exempt_program, is_exempt_role

TAKING = frozenset({"sts:AssumeRole"})
MANY = 3
"""From how many networks on a role has no usual one: a pipeline and an office are fewer."""


def detect(event: Event) -> Match | None:
    if role := chained_role(event):
        network = neighbourhood(event)
        taught = Match(f"network {network}", Severity.INFORMATIONAL, role)
        return taught if network else None
    return usual_use(event)


@of_acting
def usual_use(event: Event) -> Match | None:
    """Return from where, with what and by whom an exempt role is used; None for other roles."""
    identity = event.user_identity
    if not is_exempt_program(identity, event.environment):
        return None
    provider = identity.federated_provider
    network = "" if provider else neighbourhood(event)
    places = {"network": network, "tool": program_of(event.user_agent), "provider": provider}
    labels = [f"{kind} {place}" for kind, place in places.items() if place]
    return Match(labels, subject=identity.role_name) if labels else None


def chained_role(event: Event) -> str:
    """Return the exempt role that a session of an own provider took; nothing for other requests."""
    if event.action not in TAKING or not event.succeeded or not resembles_pipeline(event):
        return ""
    role = event.request("roleArn")
    return role if is_exempt_role(role, event.environment) else ""


def by_role(event: Event) -> str:
    """Group by the role, without the names of its sessions."""
    role = chained_role(event)
    return f"{account_of(role)}/{role}" if role else by_own_role(event)


@of_acting
def by_own_role(event: Event) -> str:
    """Group by the role of the session."""
    return f"{event.recipient_account_id}/{event.user_identity.role_arn}"


def alike(_event: Event) -> Alike:
    """Say that one use a day is enough, where it does not take another role."""
    return Alike(Span.DAY, apart=TAKING)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    exempt=NOBODY,
    needs=("deploy_roles", "security_roles"),
    outcome=ATTEMPTED,
    callers=frozenset({Caller.PIPELINE, Caller.SECURITY_TEAM, Caller.ROLE}),
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"], Tactic.DEFENSE_EVASION: ["T1078.004"]},
    response="Ask the owner of the role about the new network, tool or provider. If nobody knows "
    "it, revoke the role's sessions. Review the acts of the role, which most rules ignored.",
    false_positives="A pipeline moves to other runners, or gets a new tool. Name its networks in "
    "the egress ranges.",
    alike=alike,
    correlation=first_use(by_role, days=60, own_past=True, restless=MANY),
)

DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"
ENVIRONMENT = Environment(
    deploy_roles=(DEPLOY, f"arn:aws:iam::{ACCOUNT}:role/release"),
    deploy_role_origins={DEPLOY: ("192.0.2.0/24",)},
    security_roles=(f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/*",),
    egress_ranges=("192.0.2.0/24",),
)

GITHUB, GITLAB = (f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}" for name in ("github", "gitlab"))


def examples() -> Examples:
    usual, stolen = used(), used("203.0.113.9", day=7)
    network = "network 203.0.0.0/16"
    yield alerts("a new network", usual, stolen, subject="deploy", label=network)
    kali = used(agent="aws-cli/2.15.0 md/distrib#kali.2024", day=8)
    yield alerts("a new tool", usual, kali, label="tool Kali Linux")
    mac = used(agent="aws-cli/2.27.0 os/macos#24.1", day=8)
    yield alerts("a new system", usual, mac, label="tool aws-cli on macOS")
    github, gitlab = release(GITHUB), release(GITLAB, day=8)
    yield alerts("a new provider", github, gitlab, label=f"provider {GITLAB}")
    yield silent("the next runner", github, release(GITHUB, "203.0.113.9", day=8))
    others = [used(f"100.2{n}.0.9", day=n) for n in (1, 2)]
    yield silent("a role without a usual network", usual, *others, stolen)
    yield alerts("a role of two networks", usual, *others[1:], stolen, label=network)
    yield alerts("a new tool of a role of many", usual, *others, kali, label="tool Kali Linux")
    home, road = (called(PERSON, a, "aws-cli/2.27.0", d) for a, d in ((HOME, 0), (ROAD, 8)))
    runner = chained("100.20.0.9", day=8)
    yield silent("a role that a runner takes", usual, runner, used("100.20.0.7", day=8))
    yield alerts("the same, stolen", usual, runner, stolen, label=network)
    taken = chained("203.0.113.9", day=7, by=assumed_role("release"))
    yield alerts("a role that a session takes", usual, taken, stolen, label=network)
    tried = chained("203.0.113.9", day=7, errorCode="AccessDenied")
    yield alerts("a role that a runner may not take", usual, tried, stolen, label=network)
    yield silent("a person of the security team who travels", home, road)
    yield silent("in the first week", usual, used("203.0.113.9", day=6))
    yield silent("as ever", usual, used("198.51.7.7", agent="aws-cli/2.31.0", day=8))
    yield silent("from the environment's own network", usual, used("192.0.2.9", day=8))
    yield silent(
        "another exempt role, in its first week", usual, used("203.0.113.9", "release", day=8)
    )
    yield silent("another role", used(role="app"), used("203.0.113.9", role="app", day=8))


HOME, ROAD = "198.51.100.7", "203.0.113.9"


def used(
    address: str = "198.51.100.7", role: str = "deploy", agent: str = "aws-cli/2.27.0", day: int = 0
) -> Record:
    return called(assumed_role(role), address, agent, day)


def release(provider: str, address: str = "198.51.100.7", *, day: int = 0) -> Record:
    data: Fields = {"federatedProvider": provider, "attributes": {}}
    return called(assumed_role("release", webIdFederationData=data), address, "terraform/1.9", day)


def chained(address: str, *, day: int, by: Fields | None = None, **fields: str) -> Record:
    data: Fields = {"federatedProvider": GITHUB, "attributes": {}}
    by = by or assumed_role("release", webIdFederationData=data)
    where = {"sourceIPAddress": address, "userAgent": "aws-cli/2.27.0"}
    taken: Fields = {"roleArn": DEPLOY, "roleSessionName": "aws-cdk-runner"}
    return request("sts:AssumeRole", by, day=day, minute=-1, fields=where | fields, **taken)


def called(by: Fields, address: str, agent: str, day: int) -> Record:
    fields = {"sourceIPAddress": address, "userAgent": agent}
    return request("ec2:DescribeInstances", by, day=day, fields=fields)
