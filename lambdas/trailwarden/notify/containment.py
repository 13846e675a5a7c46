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
from trailwarden.detection.incidents.members import (
    KEYS,
    MAKING,
    PASSWORDS,
    Member,
    kind_and_name,
    members_of,
)
from trailwarden.detection.severity import Severity
from trailwarden.notify.acts import DENY_ALL, SESSIONS_POLICY, TOKEN_TIME, sessions_document
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable

_PLAIN = re.compile(r"(?!.*://)[A-Za-z0-9_+,.][A-Za-z0-9+=,.@_/:-]{0,255}")
"""A name that no shell and no AWS CLI reads as anything else: `file://` has the CLI read a file."""
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
MOST_ACTS = 20
"""How many acts are told that no command undoes."""

_GLOBAL = frozenset({"iam", "s3api", "s3control"})
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]")


@dataclass(frozen=True)
class Command:
    """One command, with a word on it where it needs one."""

    arguments: Sequence[str]
    account_id: str = ""
    """The account that it is run in."""
    note: str = ""

    def __str__(self) -> str:
        """Return the command as a shell takes it."""
        return shlex.join(self.arguments)

    @property
    def lines(self) -> Sequence[str]:
        """The command below its note. Some shells take no comment behind a command."""
        return [*([f"# {self.note}:"] if self.note else []), str(self)]


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
    kinds: dict[str, list[Member]] = {"user": [], "role": [], "": []}
    for member in sorted(members, key=lambda m: (not m.acted, not m.made)):
        kind = kind_and_name(member.actor)[0] if member.actor.startswith("arn:") else ""
        kinds[kind if kind in kinds else ""].append(member)
    users, roles, others = kinds.values()
    told = (
        _stop(users, roles, others, now),
        _root(members),
        _step("Close the keys and passwords", (_credentials(user) for user in users)),
        *(_undo(incident, title, ways) for title, ways in _UNDOING.items()),
        _by_people(incident),
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
    step = _step(title, (_denied(member, now) for member in (*users, *roles)))
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
    name, deny_all = _plain(text), _plain(DENY_ALL.format(_partition(member)))
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
    name = _plain(kind_and_name(user.actor)[1])
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


def _by_people(incident: Incident) -> Step:
    """Return the weighty acts that no command undoes, for people to look at."""
    title = "Look at each of these acts, and set things to what they were"
    known = {action for ways in _UNDOING.values() for action in ways} | _OF_IDENTITIES
    acts: dict[str, None] = {}
    for deed in incident.deeds:
        first = deed.alert.first
        verb = first.action.partition(":")[2]
        if deed.severity < Severity.HIGH or first.action in known or _READS.match(verb):
            continue
        on = f" on {printable(first.subject, limit=90)}" if first.subject else ""
        acts[f"{printable(deed.alert.title)}{on}, in {printable(first.account_id)}"] = None
    shown = list(acts)[:MOST_ACTS]
    left = len(acts) - len(shown)
    return Step(title, (), [*shown, f"and {left:,} more"] if left else shown)


_READS = re.compile(r"(?:Get|List|Describe|BatchGet|Assume|Console|Check|Search|Select|Lookup)")
_OF_IDENTITIES = MAKING | KEYS | PASSWORDS
"""The acts whose making the steps before have taken back."""


def _undone(seen: Observation, way: "_Undo") -> Iterator[Command]:
    for arguments in way(seen) if seen.subject or way is _account else ():
        service, *rest = arguments
        regional = service not in _GLOBAL and _REGION.fullmatch(seen.region)
        region = ("--region", seen.region) if regional else ()
        yield Command(("aws", service, *map(str, rest), *region), seen.account_id)


def _step(title: str, parts: Iterator[Iterator[Command]]) -> Step:
    """Return a step of some commands, each once; names that are not plain are counted."""
    commands: dict[tuple[str, tuple[str, ...]], Command] = {}
    odd: set[str] = set()
    for part in parts:
        try:
            for command in part:
                commands.setdefault((command.account_id, tuple(command.arguments)), command)
        except _NotPlainError as error:
            odd.add(str(error))
    names = "1 name here is" if len(odd) == 1 else f"{len(odd):,} names here are"
    notes = (f"{names} not plain. Look at the evidence, and type it yourself.",) if odd else ()
    return Step(title, list(commands.values()), notes)


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name):
        raise _NotPlainError(name)
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


def _trail(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "get-trail", "--name", _plain(seen.subject))


def _selectors(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "get-event-selectors", "--trail-name", _plain(seen.subject))


def _detector(_: Observation) -> Iterator[Sequence[str]]:
    yield ("guardduty", "create-detector", "--enable")


def _detector_off(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("guardduty", "update-detector", "--detector-id", _plain(seen.subject), "--enable")


def _recorder(seen: Observation) -> Iterator[Sequence[str]]:
    name = seen.label.partition(" ")[2] or "default"
    yield ("configservice", "start-configuration-recorder",
           "--configuration-recorder-name", _plain(name))  # fmt: skip


def _policy_of_bucket(seen: Observation) -> Iterator[Sequence[str]]:
    if " allows anyone " in seen.label:
        yield from _bucket(seen)
    else:  # a block of public access leaves what one account may do
        yield ("s3api", "get-bucket-policy", "--bucket", _plain(seen.subject))


def _bucket(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("s3api", "put-public-access-block", "--bucket", _plain(seen.subject),
           "--public-access-block-configuration", _BLOCKED)  # fmt: skip


def _account(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("s3control", "put-public-access-block", "--account-id", _plain(seen.account_id),
           "--public-access-block-configuration", _BLOCKED)  # fmt: skip


_BLOCKED = ",".join(
    f"{name}=true"
    for name in (
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    )
)


def _database(kind: str) -> _Undo:
    def undo(seen: Observation) -> Iterator[Sequence[str]]:
        for stranger in _strangers(seen) or _EVERYONE:
            yield ("rds", f"modify-db-{kind}-attribute", f"--db-{kind}-identifier",
                   _plain(seen.subject), "--attribute-name", "restore", "--values-to-remove",
                   stranger)  # fmt: skip

    return undo


def _disk(kind: str, attribute: str, groups: str) -> _Undo:
    def undo(seen: Observation) -> Iterator[Sequence[str]]:
        disk = _plain(seen.subject.removesuffix(" public"))
        asked = (f"--{kind}-id", disk, "--attribute", attribute, "--operation-type", "remove")
        strangers = _strangers(seen)
        for stranger in strangers:
            yield ("ec2", f"modify-{kind}-attribute", *asked, "--user-ids", stranger)
        if not strangers:
            yield ("ec2", f"modify-{kind}-attribute", *asked, groups, *_EVERYONE)

    return undo


_EVERYONE = ("all",)


def _strangers(seen: Observation) -> Sequence[str]:
    """Return the accounts that the detail names; none where it is everyone."""
    return list(dict.fromkeys(_ACCOUNT.findall(seen.label.partition("shared with ")[2])))


_UNDOING: Mapping[str, Mapping[str, _Undo]] = {
    "Shut the doors: look at each, and set it to what it was": {
        "ec2:AuthorizeSecurityGroupIngress": _ports,
        "iam:UpdateAssumeRolePolicy": _trust,
    },
    "Switch the logs on again": {
        "cloudtrail:PutEventSelectors": _selectors,
        "cloudtrail:StopLogging": _logging,
        "cloudtrail:UpdateTrail": _trail,
        "config:StopConfigurationRecorder": _recorder,
        "guardduty:DeleteDetector": _detector,
        "guardduty:UpdateDetector": _detector_off,
    },
    "Take back what was shared": {
        "ec2:ModifyImageAttribute": _disk("image", "launchPermission", "--user-groups"),
        "ec2:ModifySnapshotAttribute": _disk("snapshot", "createVolumePermission", "--group-names"),
        "rds:ModifyDBClusterSnapshotAttribute": _database("cluster-snapshot"),
        "rds:ModifyDBSnapshotAttribute": _database("snapshot"),
        "s3:DeleteBucketPublicAccessBlock": _bucket,
        "s3:DeleteAccountPublicAccessBlock": _account,
        "s3:PutAccountPublicAccessBlock": _account,
        "s3:PutBucketAcl": _bucket,
        "s3:PutBucketPolicy": _policy_of_bucket,
        "s3:PutBucketPublicAccessBlock": _bucket,
    },
}
"""How the acts of each kind are undone, in the order in which they have to be."""
