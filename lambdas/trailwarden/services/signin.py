"""Reads console sign-ins: who tried, and how it went.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from collections.abc import Mapping

from trailwarden.cloudtrail.address import address_block
from trailwarden.cloudtrail.event import Event

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What stands for a user name that does not exist: somebody may have typed a password there."""


def signed_in(event: Event) -> bool:
    """Say whether a console sign-in succeeded."""
    return event.text("responseElements.ConsoleLogin") == "Success"


def sign_in_failed(event: Event) -> bool:
    """Say whether a console sign-in failed, which CloudTrail tells without an error code."""
    return event.text("responseElements.ConsoleLogin") == "Failure"


def failed(event: Event) -> bool:
    """Say whether whatever was asked of the sign-in service failed."""
    answer = event.get("responseElements")
    told = answer.values() if isinstance(answer, Mapping) else ()
    return bool(event.error_code) or any(said == "Failure" for said in told)


def used_mfa(event: Event) -> bool:
    """Say whether a sign-in got as far as an MFA code, right or wrong."""
    return event.text("additionalEventData.MFAUsed").lower() == "yes"


def federated(event: Event) -> bool:
    """Say whether an identity provider let the person in: it then asked for MFA, or did not."""
    identity = event.user_identity
    return identity.is_sso_role or bool(event.text("additionalEventData.SamlProviderArn"))


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
    """Return the block that a sign-in came from, or whatever stands for the address."""
    return address_block(event.source_ip_address) or event.source_ip_address
