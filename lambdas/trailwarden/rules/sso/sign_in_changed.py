"""How people sign in to Identity Center was changed.

Whoever controls the identity provider, its certificate, the provisioning token or the MFA settings
can sign in as anybody, in every account. Such settings are made once, and then left alone.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, record, sso_user
from trailwarden.cloudtrail.values import Record

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
HARMLESS_CONFIGURATIONS = ("SESSION", "APPLICATION")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    kind = event.text("requestParameters.configurationType")[:60]
    if event.name == "UpdateSsoConfiguration" and kind in HARMLESS_CONFIGURATIONS:
        return None
    return Match(f"{event.name} {kind}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *(f"{service}:{name}" for service in ("sso", "sso-directory") for name in PROVIDER_EVENTS),
        "sso:CreateTrustedTokenIssuer",
        "sso:UpdateTrustedTokenIssuer",
        "sso:PutMfaDeviceManagementForDirectory",
        "sso:UpdateSsoConfiguration",
        "sso-directory:CreateBearerToken",
        "sso-directory:CreateProvisioningTenant",
        "sso-directory:DeleteMfaDeviceForUser",
        "sso-directory:DisableMfaDevice",
        "sso-directory:UpdateMfaDeviceForUser",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1556", "T1556.006"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
    },
    response="Ask whoever did it for the change request. Without one, undo the change, end all "
    "sessions of Identity Center, and review who signed in since.",
    false_positives="A planned move to another identity provider, the yearly change of its "
    "certificate, or a lost MFA device.",
    references=[
        "https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html"
    ],
)


def examples() -> Iterator[Example]:
    enable = "EnableExternalIdPConfigurationForDirectory"
    yield alerts("another provider is let in", done(f"sso-directory:{enable}"))
    yield alerts("the same, from the other service", done(f"sso:{enable}"))
    yield alerts("the directory is replaced", done("sso:AssociateDirectory"))
    yield alerts("the MFA settings change", done("sso:PutMfaDeviceManagementForDirectory"))
    yield alerts("a device is taken away", done("sso-directory:DeleteMfaDeviceForUser"))
    yield alerts("a token to create users", done("sso-directory:CreateBearerToken"))
    mfa = {"configurationType": "APP_AUTHENTICATION_CONFIGURATION"}
    yield alerts("who must have MFA changes", done("sso:UpdateSsoConfiguration", mfa))
    longer = {"configurationType": "SESSION"}
    yield silent("sessions get longer", done("sso:UpdateSsoConfiguration", longer))
    yield silent("a refusal", denied(f"sso-directory:{enable}", sso_user("mallory")))


def done(action: str, request: Fields | None = None) -> Record:
    return record(action, sso_user("mallory"), requestParameters=request)
