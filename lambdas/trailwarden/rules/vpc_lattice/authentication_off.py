"""Service of VPC Lattice opened without authentication.

A service or a network of services asks each caller for a signature, where its type of
authentication says so. Without that, everything in the connected networks may call it.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    Fields,
    policy,
    refused,
    request,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.services.things import thing_of

POLICY = "Policy of VPC Lattice lets everybody in"
MADE = "Service of VPC Lattice made without authentication"


def detect(event: Event) -> Match | None:
    parameters, service = event.get("requestParameters"), thing_of(event)
    if not isinstance(parameters, Mapping):
        return None
    if event.name == "PutAuthPolicy":
        opened = external_grants(parameters.get("policy"), event)
        is_public = any(grant.is_public for grant in opened)
        return Match(service, subject=service, title=POLICY) if is_public else None
    kind = parameters.get("authType")
    if event.name.startswith("Create"):  # none is what AWS takes where the request says nothing
        asks = state(authentication=kind not in (None, "NONE"))
        return Match(asks, Severity.LOW, service, MADE)
    return Match(state(authentication=kind != "NONE"), subject=service) if kind else None


def by_thing(event: Event) -> str:
    """Group by the service, which requests name by its id, its name or its ARN."""
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{thing_of(event).rpartition('/')[2]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "vpc-lattice:CreateService",
        "vpc-lattice:CreateServiceNetwork",
        "vpc-lattice:PutAuthPolicy",
        "vpc-lattice:UpdateService",
        "vpc-lattice:UpdateServiceNetwork",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1556"]},
    response="Set the type of authentication back to IAM. Ask the caller, and read the access log "
    "of the service since.",
    false_positives="A service that authenticates its callers by itself.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_thing, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    for name in ("UpdateService", "UpdateServiceNetwork"):
        key = "serviceNetworkIdentifier" if "Network" in name else "serviceIdentifier"
        for kind, story in (("NONE", alerts), ("AWS_IAM", silent)):
            named: Fields = {key: "pay", "authType": kind}
            yield story(f"{name} to {kind}", request(f"vpc-lattice:{name}", **named))
    off = request("vpc-lattice:UpdateService", serviceIdentifier="pay", authType="NONE")
    yield alerts(
        "switched off", off, severity=Severity.MEDIUM, subject="pay", label="authentication: off"
    )
    yield silent("another change", request("vpc-lattice:UpdateService", serviceIdentifier="pay"))
    make = "vpc-lattice:CreateService"
    made = request(make, name="pay")
    yield alerts("by default", made, severity=Severity.LOW, subject="pay")
    yield alerts(
        "a network", request("vpc-lattice:CreateServiceNetwork", name="n", authType="NONE")
    )
    yield silent("made with it", request(make, name="pay", authType="AWS_IAM"))
    for principal, story in (("*", alerts), ({"AWS": ACCOUNT}, silent)):
        document = policy("vpc-lattice-svcs:Invoke", Principal=principal)
        put = request("vpc-lattice:PutAuthPolicy", resourceIdentifier="pay", policy=document)
        yield story(f"a policy for {principal}", put)
    yield silent("without parameters", request(make))
    yield silent("refused", refused(make))
    first, again, on = update(DEPLOYER), update(day=2), update(day=1, kind="AWS_IAM")
    yield silent("none, as before", first, again)
    yield alerts("none, and IAM between", first, on, again, severity=Severity.MEDIUM)
    yield alerts("another service", update(DEPLOYER, name="shop"), again, subject="pay")
    for day, story in ((400, silent), (401, alerts)):
        yield story(f"day {day}", first, update(day=day))


def update(
    by: Fields | None = None, *, name: str = "pay", kind: str = "NONE", day: float = 0
) -> Record:
    asked: Fields = {"serviceIdentifier": name, "authType": kind}
    return request("vpc-lattice:UpdateService", by, day=day, **asked)
