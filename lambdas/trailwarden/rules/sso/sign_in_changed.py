"""Sign-in of Identity Center changed.

The identity provider, its certificate, the provisioning token, MFA and networks decide who signs
in, in every account. An administrator sets them once.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

PROVIDER_EVENTS = (
    "AssociateDirectory",
    "DisassociateDirectory",
    "UpdateDirectoryAssociation",
    "CreateExternalIdPConfigurationForDirectory",
    "DeleteExternalIdPConfigurationForDirectory",
    "DisableExternalIdPConfigurationForDirectory",
    "EnableExternalIdPConfigurationForDirectory",
    "UpdateExternalIdPConfigurationForDirectory",
    "ImportExternalIdPCertificate",
)
ATTRIBUTES = tuple(
    f"sso:{verb}InstanceAccessControlAttributeConfiguration"
    for verb in ("Create", "Delete", "Update")
)
"""Which attributes of people sessions bear as tags, by which policies may admit them."""
TAGS = "Attributes of people that decide on their access changed"
HARMLESS_CONFIGURATIONS = ("SESSION", "APPLICATION")
NAMES = (
    *("configurationType", "userId", "name", "trustedTokenIssuerArn", "directoryId"),
    *("identityStoreId", "instanceArn"),
)


def detect(event: Event) -> Match | None:
    kind = event.request("configurationType")
    if event.name == "UpdateSsoConfiguration" and kind in HARMLESS_CONFIGURATIONS:
        return None
    if event.name == "UpdateInstance" and not event.get("requestParameters.networkConfiguration"):
        return None
    name = event.request(*NAMES) or event.recipient_account_id
    if event.action in ATTRIBUTES:
        return Match(f"{event.name} {name}", Severity.MEDIUM, title=TAGS)
    return Match(f"{event.name} {name}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *ATTRIBUTES,
        *(f"{service}:{name}" for service in ("sso", "sso-directory") for name in PROVIDER_EVENTS),
        "sso:CreateTrustedTokenIssuer",
        "sso:UpdateTrustedTokenIssuer",
        "sso:PutMfaDeviceManagementForDirectory",
        "sso:DeleteInstance",
        "sso:UpdateInstance",
        "sso:UpdateSsoConfiguration",
        "sso-directory:CreateBearerToken",
        "sso-directory:CreateProvisioningTenant",
        "sso-directory:DeleteMfaDeviceForUser",
        "sso-directory:DisableMfaDevice",
        "sso-directory:UpdateMfaDeviceForUser",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1556", "T1556.006"], Tactic.PRIVILEGE_ESCALATION: ["T1484.002"]},
    response="Ask the caller for the change request. Without one, undo the change and end all "
    "sessions of Identity Center. Then review the sign-ins since.",
    false_positives="A planned move to another identity provider, the yearly change of its "
    "certificate, or a lost MFA device.",
    references=[
        "https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html"
    ],
)


def examples() -> Examples:
    update = "sso:UpdateSsoConfiguration"
    enable = "sso-directory:EnableExternalIdPConfigurationForDirectory"
    yield alerts("another provider is let in", request(enable, directoryId="d-1"))
    mfa = request(update, configurationType="APP_AUTHENTICATION_CONFIGURATION")
    yield alerts("the MFA settings change", mfa)
    yield silent("sessions get longer", request(update, configurationType="SESSION"))
    gone = request("sso:DeleteInstance", instanceArn="arn:aws:sso:::instance/ssoins-1")
    yield alerts("all of it is deleted", gone, severity=Severity.HIGH)
    only = {"vpceAccessRequired": True, "allowSourceIps": ["198.51.100.7/32"]}
    instance = "arn:aws:sso:::instance/ssoins-1"
    limited = request("sso:UpdateInstance", instanceArn=instance, networkConfiguration=only)
    yield alerts("one address alone signs in", limited, severity=Severity.HIGH)
    yield silent("a new name", request("sso:UpdateInstance", instanceArn=instance, name="acme"))
    yield alerts("refused", refused(enable), severity=Severity.MEDIUM)
    sources = {"key": "team", "value": {"source": ["${path:enterprise.department}"]}}
    attributes: Fields = {"instanceAccessControlAttributeConfiguration": {"attributes": [sources]}}
    for action in ATTRIBUTES:
        body = {} if ":Delete" in action else attributes
        mapped = request(action, instanceArn=instance, **body)
        yield alerts(action, mapped, severity=Severity.MEDIUM)
