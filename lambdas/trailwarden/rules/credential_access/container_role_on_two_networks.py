"""Credentials of a container used on two networks.

A pod, task or build has one place, and gets credentials for itself alone. A session that looks
around, or reads secrets and data, from two places at a time has been copied. So has one that a pod
opened with its token, and that is used elsewhere.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import is_private_address, is_public_address
from trailwarden.cloudtrail.caller import resembles_container
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    by_token,
    instance_role,
    pod,
    request,
    task,
    token,
)
from trailwarden.correlations import DAY, HOUR
from trailwarden.detection.alike import Alike, Span
from trailwarden.detection.grouping import actor_key
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import MACHINE_USES
from trailwarden.services.hosts import container_outside
from trailwarden.services.sts import TwoPlaces
from trailwarden.services.uses import session_id, use_label

OPENS = "sts:AssumeRoleWithWebIdentity"


def detect(event: Event) -> Match | None:
    opened = event.answer("credentials.accessKeyId")
    is_opening = event.action == OPENS
    # `credential_access.workload_role_outside_network` tells of uses outside of known ranges
    if not is_placed(event) or (not opened if is_opening else container_outside(event)):
        return None
    label = use_label(event, session=opened)
    subject = f"{role_of(event)}, session {opened or session_id(event)}"
    return Match(label, subject=subject) if label else None


def role_of(event: Event) -> str:
    return event.request("roleArn") if event.action == OPENS else event.actor


def by_role(event: Event) -> str:
    """Group by the role of a session, for those who open it and for those who use it."""
    return actor_key(event.recipient_account_id, role_of(event))


@of_acting
def is_placed(event: Event) -> bool:
    """Say whether a container may have made the request, from a place that can be told."""
    address, endpoint = event.source_ip_address, event.vpc_endpoint_id
    if event.user_identity.type == "WebIdentityUser":
        # A pod may well reach STS by an endpoint, and all else by its gateway.
        return event.caller is Caller.POD and is_public_address(address) and not endpoint
    # A private address without an endpoint is a network without a name.
    has_name = bool(endpoint) or not is_private_address(address)
    return has_name and resembles_container(event)


@of_acting
def alike(_event: Event) -> Alike:
    """Say that of each service one use an hour is enough."""
    return Alike(Span.HOUR, by_service=True, apart=frozenset({OPENS}))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*MACHINE_USES, OPENS}),
    exempt=NOBODY,
    # Only the names of their sessions show builds, older tasks, and pods with Pod Identity.
    callers=frozenset({Caller.POD, Caller.TASK, Caller.ROLE}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
    },
    response="Find out which of the networks is the container's own. If the other is not yours, "
    "revoke the role's sessions. Stop the container, and review all acts from there.",
    false_positives="A cluster behind gateways with addresses of several providers. Name them "
    "among the egress ranges.",
    concerns=is_placed,
    alike=alike,
    correlation=TwoPlaces(timespan=7 * DAY, apart=HOUR, others=True, group_by=by_role),
    window=7 * DAY,
    story="a machine's credentials elsewhere",
    dedup=by_role,
)

CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
GITHUB = "token.actions.githubusercontent.com"
HERE, THERE, A_DAY = "198.51.100.7", "100.24.0.9", 24 * 60


def examples() -> Examples:
    containers = {
        "a task of old": assumed_role("Api", "0f9de17a6465404e8b1b2356dc13c2f8"),
        "a pod": pod("Api"),
        "a pod of Pod Identity": assumed_role("Api", "eks-prod-web-7d-0a1b"),
        "a task": task("Api"),
        "a build": assumed_role("Build", "AWSCodeBuild-2f5e0d4c"),
    }
    for name, by in containers.items():
        key = by["accessKeyId"]
        subject = f"arn:aws:iam::{ACCOUNT}:role/{by['sessionContext']['sessionIssuer']['userName']}"
        subject = f"{subject}, session {key}"
        yield alerts(name, call(by, HERE), call(by, THERE, minute=9), subject=subject)
        yield alerts(f"{name}, later", call(by, HERE), call(by, THERE, minute=119))
        yield silent(f"{name}, hours later", call(by, HERE), call(by, THERE, minute=120))
        yield silent(f"{name}, on one network", call(by, HERE), call(by, "198.51.9.9", minute=9))
    web = task("Api")
    inside = call(web, "10.0.0.7", vpcEndpointId="vpce-0a1b2c3d")
    yield alerts("inside its VPC, and outside", inside, call(web, THERE, minute=9))
    gateway = call(web, HERE), call(web, "10.0.3.7", minute=9)
    yield silent("a private address of no endpoint", *gateway)
    yield silent("both families of addresses", call(web, HERE), call(web, "2001:db8::1", minute=9))
    theirs = {"vpcEndpointId": "vpce-0f0f0f0f", "vpcEndpointAccountId": OTHER_ACCOUNT}
    stranger = {**call(web, "10.9.0.7", minute=9), **theirs}
    yield silent("by a stranger's endpoint, of another rule", call(web, HERE), stranger)
    yield from of_pods()
    yield from of_tokens()
    for name, by in {
        "a session of a role": ROLE,
        "an instance": instance_role("Web"),
        "of an unknown account": assumed_role("Api", "eks-prod-web-7d", account=OTHER_ACCOUNT),
    }.items():
        yield silent(name, call(by, HERE), call(by, THERE, minute=9))


def of_pods() -> Examples:
    """Tell of a role of several pods, and their gateways."""
    one, other = pod("Api"), pod("Api") | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    first = call(one, HERE), call(one, THERE, minute=200)
    pool = call(other, HERE, minute=300), call(other, THERE, minute=309)
    yield silent("the gateways that other pods use", *first, *pool)
    stranger = call(other, "84.17.50.3", minute=309)
    yield alerts("a network that no other pod uses", *first, pool[0], stranger)
    cart = pod("Cart") | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    alone = call(cart, HERE, minute=300), call(cart, THERE, minute=309)
    yield alerts("the gateways that pods of another role use", *first, *alone)
    week = call(other, HERE, minute=6 * A_DAY), call(other, THERE, minute=6 * A_DAY + 9)
    yield silent("gateways of six days ago", *first, *week)
    later = call(other, HERE, minute=10 * A_DAY), call(other, THERE, minute=10 * A_DAY + 9)
    yield alerts("gateways of ten days ago", *first, *later)
    apart = call(other, THERE, minute=120), call(one, HERE, minute=180)
    yield silent("two pods with a gateway each", call(one, HERE), *apart)


def of_tokens() -> Examples:
    """Tell of sessions that a pod opens with its token."""
    web = pod("Api")
    here, there = opened(web, HERE), call(web, THERE, minute=9)
    subject = f"arn:aws:iam::{ACCOUNT}:role/Api, session {web['accessKeyId']}"
    yield alerts("opened by the pod, and used elsewhere", here, there, subject=subject)
    yield alerts("delivered later", there, here)
    yield silent("opened and used in one place", here, call(web, HERE, minute=9))
    yield silent("used by the other family", here, call(web, "2001:db8::1", minute=9))
    yield silent("only used", there, call(web, THERE, minute=99))
    gateway = here, call(web, "10.0.3.7", minute=9, vpcEndpointId="vpce-0a1b2c3d")
    yield silent("opened by the gateway, and used by an endpoint", *gateway)
    inside = {**opened(web, "10.0.3.7"), "vpcEndpointId": "vpce-0a1b2c3d"}
    yield silent("opened by an endpoint, and used by the gateway", inside, there)
    other = web | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    yield silent("another session of the pod's", here, call(other, THERE, minute=9))
    yield silent("opened for another role", opened(pod("Cart"), HERE), there)
    build = opened(web, HERE, GITHUB)
    yield silent("the token of another program", build, there)
    failed = {**here, "errorCode": "ExpiredTokenException", "responseElements": None}
    yield silent("a token that expired", failed, there)


def opened(by: Fields, address: str, issuer: str = CLUSTER) -> Record:
    """Build the request by which the holder of a token opens the session of `by`."""
    name = by["sessionContext"]["sessionIssuer"]["userName"]
    told = by_token(
        token(issuer, "system:serviceaccount:shop:api"),
        role=name,
        fields={"sourceIPAddress": address},
    )
    credentials = {"credentials": {"accessKeyId": by["accessKeyId"]}}
    return {**told, "responseElements": told["responseElements"] | credentials}


def call(by: Fields, address: str, *, minute: float = 0, **fields: str) -> Record:
    action = "s3:GetObject" if minute else "s3:ListBuckets"
    others = {"sourceIPAddress": address} | fields
    return request(action, by, minute=minute, fields=others)
