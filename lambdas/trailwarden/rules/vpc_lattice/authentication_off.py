"""Service of VPC Lattice opened without authentication.

A service or a network of services asks each caller for a signature, where its type of
authentication says so. Without that, everything in the connected networks may call it.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
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
        open_to_all = kind in (None, "NONE")
        return Match(service, Severity.LOW, service, MADE) if open_to_all else None
    return Match(service, subject=service) if kind == "NONE" else None


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
)


def examples() -> Examples:
    for name in ("UpdateService", "UpdateServiceNetwork"):
        key = "serviceNetworkIdentifier" if "Network" in name else "serviceIdentifier"
        for kind, story in (("NONE", alerts), ("AWS_IAM", silent)):
            named: Fields = {key: "pay", "authType": kind}
            yield story(f"{name} to {kind}", request(f"vpc-lattice:{name}", **named))
    off = request("vpc-lattice:UpdateService", serviceIdentifier="pay", authType="NONE")
    yield alerts("switched off", off, severity=Severity.MEDIUM, subject="pay", label="pay")
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
