"""Reads sign-ins to the console and to Identity Center's portal: who tried, and how it went.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
"""

from collections.abc import Mapping

from trailwarden.cloudtrail.address import address_block
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.match import Match
from trailwarden.detection.mostly_failed import SIGNED_IN

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""Stands for a user name that does not exist, as a person may have typed a password there."""

GUESSES = ("signin:ConsoleLogin", "signin:CredentialVerification")
"""The events that tell of a password or code that somebody typed, right or wrong."""

SIGN_INS = ("signin:ConsoleLogin", "signin:UserAuthentication")
"""The events that tell of a person who is in."""

OAUTH = ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")
"""The two halves of `aws login`: the browser's consent, and the command line's token."""

ATTEMPTS = (*GUESSES, "signin:UserAuthentication")
"""The events that tell of a wrong password or code, and of the person who is in after it."""

PORTAL_CALLS = ("sso:GetRoleCredentials", "sso:ListAccountRoles", "sso:ListAccounts")
"""The requests that the access token of Identity Center allows."""

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
"""How a token of Identity Center is asked for by a code that a person confirms elsewhere."""

ACCOUNTS_SCOPE = "sso:account:access"
"""The scope with which an application gets the roles of its users, in all accounts."""

_FIRST_FACTORS = frozenset({"", "PASSWORD", "EXTERNAL_IDP"})


def signed_in(event: Event) -> bool:
    """Say whether a person is in: at the console or the portal, by all factors asked for."""
    is_in = event.answer("ConsoleLogin") == "Success" or event.name == "UserAuthentication"
    return is_in and event.succeeded


def sign_in_failed(event: Event) -> bool:
    """Say whether a sign-in failed, for which CloudTrail writes no error code."""
    return event.answer("ConsoleLogin") == "Failure" or (
        event.name == "CredentialVerification" and not event.succeeded
    )


def failed(event: Event) -> bool:
    """Say whether a request to the sign-in service failed."""
    answer = event.get("responseElements")
    outcomes = answer.values() if isinstance(answer, Mapping) else ()
    return bool(event.error_code) or any(outcome == "Failure" for outcome in outcomes)


def attempt(event: Event, label: str) -> Match | None:
    """Return a match of a step that failed, or of the sign-in that explains a mistake before it."""
    if not event.succeeded or sign_in_failed(event):
        return Match(label)
    return Match(f"{SIGNED_IN}{label}") if signed_in(event) else None


def used_mfa(event: Event) -> bool:
    """Say whether a sign-in got as far as an MFA code, right or wrong.

    The portal tells the kind of credential, or several with commas between.
    """
    if event.text("additionalEventData.MFAUsed").lower() == "yes":
        return True
    kinds = event.text("additionalEventData.CredentialType").split(",")
    return any(kind.strip().upper() not in _FIRST_FACTORS for kind in kinds)


def renews(event: Event) -> bool:
    """Say whether a token takes the place of an older one, with nobody at the keyboard."""
    grant = event.text("additionalEventData.grant_type") or event.request("grant_type")
    return (grant or event.request("grantType")) == "refresh_token"


def by_bearer_token(event: Event) -> bool:
    """Say whether a bearer token authorized a request, such as an API key of Bedrock."""
    return str(event.get("additionalEventData.callWithBearerToken")).lower() == "true"


def federated(event: Event) -> bool:
    """Say whether an identity provider let the person in. Only the provider knows of MFA."""
    return event.user_identity.is_sso_role or through_saml(event)


def through_saml(event: Event) -> bool:
    """Say whether the person came through a SAML provider."""
    return bool(event.text("additionalEventData.SamlProviderArn"))


def user_of(event: Event) -> str:
    """Return the name of the user who signs in, as far as it exists."""
    name = "root" if event.user_identity.is_root else event.user_identity.user_name
    if name == HIDDEN:
        return "a user name that does not exist"
    return name or event.text("additionalEventData.UserName") or event.actor


def person(event: Event) -> str:
    """Return who signs in, by account and name, in failures and successes alike.

    Failures lack the ARN, and the name where there is no such user: then the address has to do. The
    portal knows people by an id, too, which newer records tell instead of the name.
    """
    identity = event.user_identity
    name = "root" if identity.is_root else identity.user_name
    if is_unknown(event):
        return f"unknown user at {origin(event)}"
    known = name if identity.is_root or identity.is_iam_user else ""
    return f"{event.recipient_account_id}/{known or event.actor}"


def by_owner(event: Event) -> str:
    """Group by the person who signs in at the portal, or whom a token is for."""
    identity = event.user_identity
    known = identity.text("onBehalfOf.userId") or identity.user_name or identity.principal_id
    return f"{event.recipient_account_id}/{known or event.actor}"


def is_unknown(event: Event) -> bool:
    """Say whether nothing tells the person: no such user, or a record without name and id."""
    identity = event.user_identity
    nobody = identity.type == "Unknown" and event.actor in {"", identity.account_id}
    return identity.user_name == HIDDEN or nobody


def origin(event: Event) -> str:
    """Return the block of addresses that a sign-in came from, or the service instead of one."""
    return address_block(event.source_ip_address) or event.source_ip_address


def session_of(event: Event) -> str:
    """Return the role and the name of its session, as the console shows them."""
    return event.user_identity.arn.partition(":assumed-role/")[2]
