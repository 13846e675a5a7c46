"""Says who somebody is, and how one became another, in words."""

from collections.abc import Mapping

from trailwarden.cloudtrail.handles import kind_and_name
from trailwarden.detection.incidents.turning import Turn
from trailwarden.notify.printable import printable

_HOW: Mapping[str, str] = {
    "ec2-instance-connect:SendSSHPublicKey": "put a key on the machine of",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey": "put a key on the machine of",
    "ec2:RunInstances": "launched the machine of",
    "ecs:ExecuteCommand": "entered the task of",
    "ecs:RunTask": "started the task of",
    "iam:AddRoleToInstanceProfile": "gave machines",
    "iam:AddUserToGroup": "gave permissions to",
    "iam:AttachRolePolicy": "gave permissions to",
    "iam:AttachUserPolicy": "gave permissions to",
    "iam:CreateAccessKey": "made a key for",
    "iam:CreateLoginProfile": "set a password for",
    "iam:CreateRole": "made",
    "iam:CreateUser": "made",
    "iam:PutRolePolicy": "gave permissions to",
    "iam:PutUserPolicy": "gave permissions to",
    "iam:UpdateAccessKey": "switched on a key of",
    "iam:UpdateAssumeRolePolicy": "opened the trust of",
    "iam:UpdateLoginProfile": "set a password for",
    "lambda:CreateFunction": "made the function of",
    "lambda:UpdateFunctionCode": "changed the code of",
    "rolesanywhere:CreateSession": "became",
    "signin:ConsoleLogin": "signed in as",
    "signin:SwitchRole": "switched to",
    "ssm:SendCommand": "ran a command on the machine of",
    "ssm:StartSession": "opened a shell on the machine of",
    "sts:AssumeRole": "became",
    "sts:AssumeRoleWithSAML": "became",
    "sts:AssumeRoleWithWebIdentity": "became",
    "sts:AssumeRoot": "became",
    "sts:GetFederationToken": "took a federation token as",
    "sts:GetSessionToken": "took a session token as",
}
_HANDLES: Mapping[str, str] = {
    "S": "session",
    "K": "key",
    "P": "user",
    "I": "person",
    "W": "machine",
    "G": "sign-in",
    "R": "role",
    "N": "principal",
    "T": "session",
    "C": "role of Identity Center",
}
SAME_ADDRESS = "has the same address as"


def name_of(actor: str) -> str:
    """Return who an actor is, as short as people say it.

    >>> name_of("arn:aws:iam::111122223333:role/service/app"), name_of("u-1")
    ('role app', 'u-1')
    """
    if not actor.startswith("arn:"):
        return printable(actor, limit=90) or "nobody named"
    kind, name = kind_and_name(actor)
    _, _, path = actor.split(":", 5)[-1].partition("/")
    if kind == "role" and path.startswith("aws-reserved/sso.amazonaws.com/"):
        permission_set, _, person = path.rpartition("/")
        return f"{printable(person, limit=64)} in {printable(permission_set.rpartition('/')[2])}"
    if kind in ("role", "user"):
        return f"{kind} {printable(name, limit=64)}"
    if kind == "root":
        return "the root user"
    return printable(actor, limit=90)


def how(turn: Turn) -> str:
    """Return how one actor became another, as a verb."""
    if not turn.action:
        return SAME_ADDRESS
    return _HOW.get(turn.action, f"used {printable(turn.action, limit=60)} for")


def handle_in_words(handle: str) -> str:
    """Return what a handle names, for people. `trailwarden trace` takes keys and sessions so.

    >>> handle_in_words("P:111122223333:user/ann"), handle_in_words("K:AKIAIOSFODNN7EXAMPLE")
    ('user ann in 111122223333', 'key AKIAIOSFODNN7EXAMPLE')
    """
    letter, found, rest = handle.partition(":")
    if not found or letter not in _HANDLES:
        return printable(handle, limit=90)
    account_id, has_name, name = rest.partition(":")
    if letter in "PR" and has_name:
        kind, _, own = name.partition("/")
        return f"{printable(f'{kind} {own}'.strip(), limit=90)} in {printable(account_id)}"
    return f"{_HANDLES[letter]} {printable(rest, limit=120)}"
