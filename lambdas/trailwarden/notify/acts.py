"""What may be done about an incident once a person agrees: the acts, and the AWS action of each.

The plan, the state machine and its role all read this, so that none can do more than another.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

OFF, DRY_RUN, ACT = "", "dry_run", "act"
MODES = (OFF, DRY_RUN, ACT)
"""The choices of `response` in `cdk.json`."""

ANSWERED_WITHIN = timedelta(hours=4)
"""How long a question waits for a person."""

DECLINED = "Declined"
"""The error of a task that a person declined."""

MACHINE_OUTPUT = "ResponseMachineArn"
"""The stack's output that names the state machine."""


class Kind(StrEnum):
    """The kinds of acts. Each denies something or switches it off, and none allows anything."""

    DENY_USER = "deny_user"
    DENY_ROLE = "deny_role"
    END_SESSIONS = "end_sessions"
    CLOSE_KEY = "close_key"
    REMOVE_PASSWORD = "remove_password"  # noqa: S105 - no password


ACTIONS: Mapping[Kind, str] = {
    Kind.DENY_USER: "iam:AttachUserPolicy",
    Kind.DENY_ROLE: "iam:AttachRolePolicy",
    Kind.END_SESSIONS: "iam:PutRolePolicy",
    Kind.CLOSE_KEY: "iam:UpdateAccessKey",
    Kind.REMOVE_PASSWORD: "iam:DeleteLoginProfile",
}
"""What the machine's role needs for each, and nothing else of IAM."""

DENY_ALL = "arn:{}:iam::aws:policy/AWSDenyAll"
"""The one policy of AWS that is attached, with room for the partition."""

TOKEN_TIME = "aws:TokenIssueTime"  # noqa: S105 - when a session was opened
SESSIONS_POLICY = "AWSRevokeOlderSessions"
"""The policy of a role that ends its older sessions, as the console calls it."""


def sessions_document(key: str, time: str) -> dict[str, Any]:
    """Return that policy; `key` is how its time is called, which the state machine puts in."""
    older = {"DateLessThan": {key: time}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    return {"Version": "2012-10-17", "Statement": [deny]}


class Outcome(StrEnum):
    """How a question ended."""

    DONE = "done"
    WOULD = "would"
    """It was a dry run."""
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    NOTHING = "nothing"
    """There is nothing left that an act could stop."""


class Result(StrEnum):
    """How an act ended."""

    DONE = "done"
    GONE = "gone"
    """There was nothing to act on any more."""
    FAILED = "failed"
    WOULD = "would"
