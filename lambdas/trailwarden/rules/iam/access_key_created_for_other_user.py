"""Access key created for another user.

A key of somebody else is a back door that survives a changed password and works without MFA. It
also lends an intruder that user's permissions.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    iam_user,
    record,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_about_root, is_own_user, unattended, user_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or unattended(event) or is_own_user(event) or is_about_root(event):
        return None
    user = user_of(event)
    return Match(f"for {user}"[:100], subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey"],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1098.001"]},
    response="Ask whoever made the key what it is for. If nobody knows, make it inactive with "
    "`aws iam update-access-key`, look for what it was used for, then contain its maker.",
    false_positives="An administrator who sets up a user for a program. Name the roles that do so "
    "all the time as deploy roles.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("a user for another", created(iam_user("mallory"), "alice"))
    yield alerts("a role for a user", created(assumed_role("app"), "alice"))
    yield alerts("a person with a role of the same name", created(sso_user("alice"), "alice"))
    yield alerts("root for a user", created(root(), "alice"))
    unnamed = {"accessKey": {"userName": "bob", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}
    answered = record("iam:CreateAccessKey", iam_user("mallory"), responseElements=unnamed)
    yield alerts("the name only in the answer", answered)
    yield silent("a user's own key", created(iam_user("alice"), "Alice"))
    yield silent("no name given", record("iam:CreateAccessKey", iam_user("alice")))
    yield silent("root's own key", record("iam:CreateAccessKey", root()))
    yield silent("a deploy role", created(assumed_role("deploy"), "ses-sender"))
    failed = created(iam_user("mallory"), "alice", errorCode="LimitExceededException")
    yield silent("a key too many", failed)


def created(by: Fields, user: str, **fields: Any) -> Record:
    return record("iam:CreateAccessKey", by, requestParameters={"userName": user}, **fields)
