"""Roles opened to certificates from outside AWS.

Roles Anywhere gives a role to the holder of a certificate, without a user or key. An intruder adds
an own authority, and a profile that names roles. This back door survives every rotation of keys.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "CreateTrustAnchor": "Trust anchor with an outside authority created",
    "EnableTrustAnchor": "Trust anchor enabled",
    "UpdateTrustAnchor": "Trust anchor changed to an outside authority",
    "CreateProfile": "Roles Anywhere profile created",
    "EnableProfile": "Roles Anywhere profile enabled",
    "DeleteCrl": "List of revoked certificates deleted",
    "DisableCrl": "List of revoked certificates disabled",
    "RegisterCACertificate": "Authority for the certificates of devices registered",
    "CreateRoleAlias": "Role opened to the certificates of devices",
    "UpdateRoleAlias": "Role opened to the certificates of devices",
    "UpdateProfile": "Roles of a Roles Anywhere profile changed",
}

IOT = ("CACertificate", "RoleAlias")


def detect(event: Event) -> Match | None:
    if event.name.endswith("TrustAnchor"):
        return anchor(event)
    if event.caller in DEPLOYMENT:
        return None
    if event.name.endswith("Crl"):
        return Match(event.request("crlId"), Severity.MEDIUM, title=ACTS[event.name])
    if event.name == "RegisterCACertificate":
        mode = event.request("certificateMode") or "DEFAULT"
        return Match(f"authority for devices, {mode}", Severity.MEDIUM, title=ACTS[event.name])
    return devices(event) if event.name.endswith("RoleAlias") else profile(event)


def devices(event: Event) -> Match | None:
    """Tell of a role that IoT gives to the holder of a device's certificate."""
    role = event.request("roleArn").rpartition("/")[2]
    if not role:
        return None
    return Match(f"{role} for devices", Severity.MEDIUM, role, ACTS[event.name])


def anchor(event: Event) -> Match | None:
    """Tell of an authority that is not the account's own; a change may leave it as it is."""
    kind = event.request("source.sourceType")
    if kind == "AWS_ACM_PCA" or (event.name == "UpdateTrustAnchor" and not kind):
        return None
    name = event.request("name", "trustAnchorId")
    return Match(f"trust anchor {name}", subject=name, title=ACTS[event.name])


def profile(event: Event) -> Match | None:
    """Tell of a profile and its roles; a change may leave them as they are."""
    arns = map(text_of, event.listed("requestParameters.roleArns"))
    roles = ", ".join(arn.rpartition("/")[2] for arn in arns)
    if event.name == "UpdateProfile" and not roles:
        return None
    name = event.request("name", "profileId")
    label = f"profile {name} {f'for {roles}' if roles else ''}".strip()
    return Match(label, subject=name, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"{'iot' if name.endswith(IOT) else 'rolesanywhere'}:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1556"], Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the caller whose authority it is. If nobody knows, delete the trust anchor and "
    "the profile. Revoke the sessions of its roles, and review their acts.",
    false_positives="The set-up of Roles Anywhere for servers of your own.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    bundle = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": ""}}
    private = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": "arn:aws:acm-pca"}}
    name = "servers"
    created = call("CreateTrustAnchor", name=name, source=bundle)
    yield alerts("an authority", created, subject=name, label="trust anchor servers")
    by_pipeline = call("CreateTrustAnchor", DEPLOYER, name=name, source=bundle)
    yield alerts("an authority, by the pipeline", by_pipeline, subject=name)
    changed = call("UpdateTrustAnchor", trustAnchorId="a1", source=bundle)
    yield alerts("another authority", changed, subject="a1")
    roles = [f"arn:aws:iam::{ACCOUNT}:role/admin"]
    label = "profile servers for admin"
    yield alerts("a profile", call("CreateProfile", name=name, roleArns=roles), label=label)
    more = call("UpdateProfile", profileId="b2", roleArns=roles)
    yield alerts("more roles", more, subject="b2", label="profile b2 for admin")
    woken = call("EnableTrustAnchor", trustAnchorId="a1")
    yield alerts("an anchor is enabled", woken, subject="a1", label="trust anchor a1")
    enabled = call("EnableProfile", profileId="b2")
    yield alerts("a profile is enabled", enabled, label="profile b2")
    revoked = call("DisableCrl", crlId="c3")
    yield alerts("no revocation", revoked, severity=Severity.MEDIUM, label="c3")
    yield alerts("a list is deleted", call("DeleteCrl", crlId="c3"), label="c3")
    given: Fields = {"roleAlias": "fleet", "roleArn": roles[0]}
    for action in ("iot:CreateRoleAlias", "iot:UpdateRoleAlias"):
        alias = request(action, **given)
        yield alerts(action, alias, severity=Severity.MEDIUM, subject="admin")
    yield alerts("devices", alias, label="admin for devices")
    authority = request("iot:RegisterCACertificate", caCertificate="-----BEGIN CERTIFICATE-----")
    yield alerts("an authority for devices", authority, label="authority for devices, DEFAULT")
    longer = request("iot:UpdateRoleAlias", roleAlias="fleet", credentialDurationSeconds=900)
    yield silent("the duration for devices", longer)
    yield silent("a private authority", call("CreateTrustAnchor", name=name, source=private))
    renamed = call("UpdateTrustAnchor", trustAnchorId="a1", name="more")
    yield silent("an anchor gets a new name", renamed)
    shorter = call("UpdateProfile", profileId="b2", durationSeconds=900)
    yield silent("the duration of a profile", shorter)
    deployed = call("CreateProfile", DEPLOYER, name=name, roleArns=roles)
    yield silent("a profile, by the pipeline", deployed)


def call(event_name: str, by: Fields = USER, **parameters: Any) -> Record:
    return request(f"rolesanywhere:{event_name}", by, **parameters)
