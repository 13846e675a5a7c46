"""Says what to do first about an incident: commands for a person to read, and then to run.

The order counts. All identities come first and at once: one that is left can undo the rest. Nothing
is deleted, because all of it is evidence. Each command is a list of arguments and is quoted once. A
name that is not plain is in no command: an intruder may have chosen it for that.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailwarden.detection.correlation import Observation
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member, members_of
from trailwarden.notify.acts import DENY_ALL, SESSIONS_POLICY, TOKEN_TIME, sessions_document
from trailwarden.notify.identities import name_of

MOST = 40
"""How many commands of one step are told."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+=,.@_/:-]{0,255}")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


@dataclass(frozen=True)
class Command:
    """One command, with a word on it where it needs one."""

    arguments: Sequence[str]
    account_id: str = ""
    """The account that it is run in."""
    note: str = ""

    def __str__(self) -> str:
        """Return the command as a shell takes it; a comment where a name in it is not plain."""
        return f"{shlex.join(self.arguments)}{f'  # {self.note}' if self.note else ''}"


@dataclass(frozen=True)
class Step:
    """What to do at one go."""

    title: str
    commands: Sequence[Command]
    notes: Sequence[str] = ()
    """What no command does."""


class _NotPlainError(Exception):
    """A name has more in it than a command may hold."""


def steps(incident: Incident, now: datetime) -> Sequence[Step]:
    """Return what to do about an incident, in order. Sessions opened until `now` are ended."""
    members = members_of(incident)
    users = sorted((m for m in members if ":user/" in m.actor), key=lambda m: not m.made)
    roles = sorted((m for m in members if ":role/" in m.actor), key=lambda m: not m.made)
    told = (
        _stop(users, roles, now),
        _root(members),
        _step("Close the keys and passwords", (_credentials(user) for user in users)),
        *(_undo(incident, title, ways) for title, ways in _UNDOING.items()),
    )
    return [step for step in told if step.commands or step.notes]


def _stop(users: Sequence[Member], roles: Sequence[Member], now: datetime) -> Step:
    title = "Stop every identity, all at once: one that is left can undo the rest"
    step = _step(title, (_denied(member, now) for member in (*users, *roles)))
    notes = [*step.notes, *(f"{name_of(m.actor)}: {_why_by_hand(m)}" for m in roles if _by_hand(m))]
    if any(SESSIONS_POLICY in command.arguments for command in step.commands):
        notes.append("Set the time in these commands to now. Each role of a chain needs its own.")
    return Step(title, step.commands, notes)


def _denied(member: Member, now: datetime) -> Iterator[Command]:
    """Yield what stops an identity; a deny on a user ends its sessions, too."""
    kind, _, path = member.actor.rpartition(":")[2].partition("/")
    name, deny_all = _plain(path.rpartition("/")[2]), _plain(DENY_ALL.format(_partition(member)))
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


def _partition(member: Member) -> str:
    return member.actor.split(":")[1]


def _by_hand(member: Member) -> bool:
    return "/aws-service-role/" in member.actor or "/aws-reserved/" in member.actor


def _why_by_hand(member: Member) -> str:
    if "/aws-service-role/" in member.actor:
        return "a service's own role. Look at what made the service act."
    return "disable the person in IAM Identity Center, and end all their sessions there."


def _root(members: Sequence[Member]) -> Step:
    title = "Take the root user back"
    roots = [m for m in members if m.actor.startswith("arn:") and m.actor.endswith(":root")]
    if not roots:
        return Step(title, ())
    notes = (
        "No policy of IAM stops the root user. Change its password from a clean machine, remove "
        "its keys, and set up MFA. In an organization, deny it by a service control policy.",
    )
    look = (Command(("aws", "iam", "get-account-summary"), root.account_id) for root in roots)
    return Step(title, tuple(look), notes)


def _credentials(user: Member) -> Iterator[Command]:
    name = _plain(user.actor.rpartition("/")[2])
    for key in user.keys:
        if key.startswith("AKIA"):
            of_key = ("--user-name", name, "--access-key-id", _plain(key))
            yield _iam(user, "update-access-key", *of_key, "--status", "Inactive")
    if user.password:
        yield _iam(user, "delete-login-profile", "--user-name", name)


def _iam(member: Member, *arguments: str) -> Command:
    return Command(("aws", "iam", *arguments), member.account_id)


def _undo(incident: Incident, title: str, ways: Mapping[str, "_Undo"]) -> Step:
    observations = (seen for deed in incident.deeds for seen in deed.alert.observations)
    return _step(
        title, (_undone(seen, ways[seen.action]) for seen in observations if seen.action in ways)
    )


def _undone(seen: Observation, way: "_Undo") -> Iterator[Command]:
    for arguments in way(seen) if seen.subject else ():
        service, *rest = arguments
        regional = service not in ("iam", "s3api") and _REGION.fullmatch(seen.region)
        region = ("--region", seen.region) if regional else ()
        yield Command(("aws", service, *map(str, rest), *region), seen.account_id)


def _step(title: str, parts: Iterator[Iterator[Command]]) -> Step:
    """Return a step of some commands, each once; a name that is not plain is told in a note."""
    commands: dict[tuple[str, tuple[str, ...]], Command] = {}
    notes: dict[str, None] = {}
    for part in parts:
        try:
            for command in part:
                commands.setdefault((command.account_id, tuple(command.arguments)), command)
        except _NotPlainError:
            notes["A name here is not plain. Look at the evidence, and type it yourself."] = None
    shown = list(commands.values())[:MOST]
    if left := len(commands) - len(shown):
        notes[f"{left:,} more commands of this kind are not shown."] = None
    return Step(title, shown, tuple(notes))


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name):
        raise _NotPlainError
    return name


_Undo = Callable[[Observation], Iterator[Sequence[str]]]
"""Yield the arguments of each command that undoes an act."""


def _trust(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("iam", "get-role", "--role-name", _plain(seen.subject))


def _ports(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("ec2", "describe-security-group-rules", "--filters",
           f"Name=group-id,Values={_plain(seen.subject)}")  # fmt: skip


def _logging(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "start-logging", "--name", _plain(seen.subject))


def _detector(_: Observation) -> Iterator[Sequence[str]]:
    yield ("guardduty", "create-detector", "--enable")


def _recorder(_: Observation) -> Iterator[Sequence[str]]:
    yield ("configservice", "start-configuration-recorder",
           "--configuration-recorder-name", "default")  # fmt: skip


def _bucket(seen: Observation) -> Iterator[Sequence[str]]:
    settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    blocked = ",".join(f"{name}=true" for name in settings)
    yield ("s3api", "put-public-access-block", "--bucket", _plain(seen.subject),
           "--public-access-block-configuration", blocked)  # fmt: skip


def _database(seen: Observation) -> Iterator[Sequence[str]]:
    for account_id in _strangers(seen):
        yield ("rds", "modify-db-snapshot-attribute", "--db-snapshot-identifier",
               _plain(seen.subject), "--attribute-name", "restore", "--values-to-remove",
               account_id)  # fmt: skip


def _snapshot(seen: Observation) -> Iterator[Sequence[str]]:
    for account_id in _strangers(seen):
        yield ("ec2", "modify-snapshot-attribute", "--snapshot-id", _plain(seen.subject),
               "--attribute", "createVolumePermission", "--operation-type", "remove",
               "--user-ids", account_id)  # fmt: skip


def _strangers(seen: Observation) -> Sequence[str]:
    """Return the accounts that the detail names."""
    return list(dict.fromkeys(_ACCOUNT.findall(seen.label.partition("shared with ")[2])))


_UNDOING: Mapping[str, Mapping[str, _Undo]] = {
    "Shut the doors: look at each, and set it to what it was": {
        "ec2:AuthorizeSecurityGroupIngress": _ports,
        "iam:UpdateAssumeRolePolicy": _trust,
    },
    "Switch the logs on again": {
        "cloudtrail:StopLogging": _logging,
        "config:StopConfigurationRecorder": _recorder,
        "guardduty:DeleteDetector": _detector,
    },
    "Take back what was shared": {
        "ec2:ModifySnapshotAttribute": _snapshot,
        "rds:ModifyDBSnapshotAttribute": _database,
        "s3:PutBucketPolicy": _bucket,
    },
}
"""How the acts of each kind are undone, in the order in which they have to be."""
