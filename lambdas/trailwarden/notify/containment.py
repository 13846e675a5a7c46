"""Says what to do first about an incident: commands for a person to read, and then to run.

The order counts. All identities come first and at once: one that is left can undo the rest. Nothing
is deleted, because all of it is evidence.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from trailwarden.cloudtrail.handles import kind_and_name, partition_of
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member, members_of
from trailwarden.notify.acts import DENY_ALL, SESSIONS_POLICY, TOKEN_TIME, sessions_document
from trailwarden.notify.commands import Command, Step, plain, step_of
from trailwarden.notify.identities import name_of
from trailwarden.notify.undoing import undoing


def steps(incident: Incident, now: datetime) -> Sequence[Step]:
    """Return what to do about an incident, in order. Sessions opened until `now` are ended."""
    members = members_of(incident)
    kinds: dict[str, list[Member]] = {"user": [], "role": [], "": []}
    for member in sorted(members, key=lambda m: (not m.acted, not m.made)):
        kind = kind_and_name(member.actor)[0] if member.actor.startswith("arn:") else ""
        kinds[kind if kind in kinds else ""].append(member)
    users, roles, others = kinds.values()
    told = (
        _stop(users, roles, others, now),
        _root(members),
        step_of("Close the keys and passwords", (_credentials(user) for user in users)),
        *undoing(incident),
    )
    return [step for step in told if step.commands or step.notes]


def by_account(
    incident: Incident, told: Sequence[Step], commands: Sequence[Command]
) -> Iterator[tuple[str | None, Sequence[Command]]]:
    """Yield commands by the account to run them in; None where it can be no other than one's own.

    That is where all commands that are `told` are for the one account of the incident.
    """
    concerned = {c.account_id for step in told for c in step.commands} | {*incident.account_ids}
    for account_id in dict.fromkeys(command.account_id for command in commands):
        some = [command for command in commands if command.account_id == account_id]
        yield account_id if len(concerned) > 1 else None, some


def _stop(
    users: Sequence[Member], roles: Sequence[Member], others: Sequence[Member], now: datetime
) -> Step:
    title = "Stop every identity, all at once: one that is left can undo the rest"
    step = step_of(title, (_denied(member, now) for member in (*users, *roles)))
    notes = [*step.notes, *(f"{name_of(m.actor)}: {_why_by_hand(m)}" for m in roles if _by_hand(m))]
    notes += [f"{name_of(m.actor)}: {_NO_COMMAND}" for m in others if not _is_root(m)]
    if any(SESSIONS_POLICY in command.arguments for command in step.commands):
        notes.append("Set the time in these commands to now. Each role of a chain needs its own.")
    return Step(title, step.commands, notes)


def _denied(member: Member, now: datetime) -> Iterator[Command]:
    """Yield what stops an identity; a deny on a user ends its sessions, too."""
    kind, text = kind_and_name(member.actor)
    if not (member.acted or member.made):
        return  # it is somebody's own: only its new key or password is taken, below
    name, deny_all = plain(text), plain(DENY_ALL.format(partition_of(member.actor)))
    if kind == "user":
        yield _iam(member, "attach-user-policy", "--user-name", name, "--policy-arn", deny_all)
    elif _by_hand(member):
        return
    elif member.made:
        yield _iam(member, "attach-role-policy", "--role-name", name, "--policy-arn", deny_all)
    else:
        document = json.dumps(sessions_document(TOKEN_TIME, f"{now:%Y-%m-%dT%H:%M:%SZ}"))
        asked = ("--policy-name", SESSIONS_POLICY, "--policy-document", document)
        command = _iam(member, "put-role-policy", "--role-name", name, *asked)
        warning = "deployments use this role" if member.automation else "production may use it"
        yield Command(command.arguments, command.account_id, warning)


def _by_hand(member: Member) -> bool:
    return _path(member).startswith(("aws-service-role/", "aws-reserved/"))


def _path(member: Member) -> str:
    """Return the path and name of a role. Only AWS makes roles whose path begins with its own."""
    return member.actor.split(":", 5)[-1].partition("/")[2]


def _why_by_hand(member: Member) -> str:
    if _path(member).startswith("aws-service-role/"):
        return "a service's own role. Look at what made the service act."
    return "disable the person in IAM Identity Center, and end all their sessions there."


def _root(members: Sequence[Member]) -> Step:
    title = "Take the root user back"
    roots = [member for member in members if _is_root(member)]
    if not roots:
        return Step(title, ())
    notes = (
        "No policy of IAM stops the root user. Change its password from a clean machine, remove "
        "its keys, and set up MFA. In an organization, deny it by a service control policy.",
    )
    look = (Command(("aws", "iam", "get-account-summary"), root.account_id) for root in roots)
    return Step(title, tuple(look), notes)


_NO_COMMAND = "no command stops it. Close its access where it signs in, or where its owner is."


def _is_root(member: Member) -> bool:
    return member.actor.startswith("arn:") and member.actor.split(":", 5)[-1] == "root"


def _credentials(user: Member) -> Iterator[Command]:
    if not (user.keys or user.password):
        return
    name = plain(kind_and_name(user.actor)[1])
    for key in user.keys:
        if key.startswith("AKIA"):
            of_key = ("--user-name", name, "--access-key-id", plain(key))
            yield _iam(user, "update-access-key", *of_key, "--status", "Inactive")
    if user.password:
        yield _iam(user, "delete-login-profile", "--user-name", name)


def _iam(member: Member, *arguments: str) -> Command:
    return Command(("aws", "iam", *arguments), member.account_id)
