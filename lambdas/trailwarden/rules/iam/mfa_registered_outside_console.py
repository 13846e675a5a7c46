"""MFA device registered with temporary credentials.

People enrol a device in the console. Somebody who holds a stolen session enrols one of their own,
by a program, so that the user's MFA becomes theirs.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import from_console

BY_PROGRAM = iam_user("alice", key="ASIAIOSFODNN7EXAMPLE")


def detect(event: Event) -> Match | None:
    temporary = event.user_identity.access_key_id.startswith("ASIA")
    if not (temporary and event.succeeded) or event.by_automation or from_console(event):
        return None
    device = event.text("requestParameters.serialNumber").rpartition("/")[2]
    device = device or event.text("requestParameters.virtualMFADeviceName")
    user = event.text("requestParameters.userName") or device
    return Match(f"{event.name} for {user}"[:100], subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.005", "T1556.006"],
        Tactic.DEFENSE_EVASION: ["T1556.006"],
    },
    response="Ask the user whether the device is theirs. If not, deactivate it, end the user's "
    "sessions, and find where the session was stolen.",
    false_positives="Tools that enrol users' devices, and people who do it at the command line.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("created", told("CreateVirtualMFADevice", BY_PROGRAM))
    yield alerts("enabled", told("EnableMFADevice", BY_PROGRAM))
    yield alerts("by a role", told("EnableMFADevice", assumed_role("app")))
    yield silent(
        "in the console", told("EnableMFADevice", BY_PROGRAM, sessionCredentialFromConsole="true")
    )
    yield silent("with a long-term key", told("EnableMFADevice", iam_user("alice")))
    yield silent("a deploy role", told("EnableMFADevice", assumed_role("deploy")))
    failed = told("EnableMFADevice", BY_PROGRAM, errorCode="InvalidAuthenticationCode")
    yield silent("a wrong code", failed)


def told(name: str, by: Fields, **fields: Any) -> Record:
    what = {"userName": "alice", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/alice"}
    return record(f"iam:{name}", by, requestParameters=what, **fields)
