"""Reads console sign-ins: who tried, and how it went.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from collections.abc import Mapping

from trailwarden.cloudtrail.address import address_block
from trailwarden.cloudtrail.event import Event

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""Stands for a user name that does not exist, as a person may have typed a password there."""


def signed_in(event: Event) -> bool:
    """Say whether a console sign-in succeeded."""
    return event.text("responseElements.ConsoleLogin") == "Success"


def sign_in_failed(event: Event) -> bool:
    """Say whether a console sign-in failed, for which CloudTrail writes no error code."""
    return event.text("responseElements.ConsoleLogin") == "Failure"


def failed(event: Event) -> bool:
    """Say whether a request to the sign-in service failed."""
    answer = event.get("responseElements")
    outcomes = answer.values() if isinstance(answer, Mapping) else ()
    return bool(event.error_code) or any(outcome == "Failure" for outcome in outcomes)


def used_mfa(event: Event) -> bool:
    """Say whether a sign-in got as far as an MFA code, right or wrong."""
    return event.text("additionalEventData.MFAUsed").lower() == "yes"


def federated(event: Event) -> bool:
    """Say whether an identity provider let the person in. Only the provider knows of MFA."""
    return event.user_identity.is_sso_role or through_saml(event)


def through_saml(event: Event) -> bool:
    """Say whether the person came through a SAML provider."""
    return bool(event.text("additionalEventData.SamlProviderArn"))


def user_of(event: Event) -> str:
    """Return the name of the user who signs in, as far as it exists."""
    name = "root" if event.user_identity.is_root else event.user_identity.user_name
    return "a user name that does not exist" if name == HIDDEN else name or event.actor


def person(event: Event) -> str:
    """Return who signs in, by account and name, in failures and successes alike.

    Failures lack the ARN, and the name where there is no such user: then the address has to do.
    """
    identity = event.user_identity
    name = "root" if identity.is_root else identity.user_name
    if name == HIDDEN:
        return f"unknown user at {origin(event)}"
    known = name if identity.is_root or identity.is_iam_user else ""
    return f"{event.recipient_account_id}/{known or event.actor}"


def origin(event: Event) -> str:
    """Return the block of addresses that a sign-in came from, or the service instead of one."""
    return address_block(event.source_ip_address) or event.source_ip_address


def session_of(event: Event) -> str:
    """Return the role and the name of its session, as the console shows them."""
    return event.user_identity.arn.partition(":assumed-role/")[2]
