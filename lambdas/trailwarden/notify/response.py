"""Plans what may be done about an incident once a person agrees, and asks and tells. Does nothing.

The acts are those commands of the containment that deny something or switch it off. A command that
is anything else is left to people, with the reason.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from trailwarden.cloudtrail.handles import kind_and_name
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import members_of
from trailwarden.notify.acts import DENY_ALL, DRY_RUN, SESSIONS_POLICY, Kind, Outcome, Result
from trailwarden.notify.commands import Command
from trailwarden.notify.containment import steps
from trailwarden.notify.defang import defanged
from trailwarden.notify.incident import fitted, heading
from trailwarden.notify.printable import printable

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
PLAN_LENGTH = 16
"""How many characters the id of a plan has."""

OTHER_ACCOUNT = "it is another account"
NO_DENIAL = "it changes more than who may act"
PROTECTED = "the tuning or the deployment needs this role"

_ANSWER = "  trailwarden incidents respond {incident} --{answer} --owner NAME --reason WORDS"
_FLAGS: Mapping[str, tuple[Kind, Sequence[str]]] = {
    "attach-user-policy": (Kind.DENY_USER, ("--user-name", "--policy-arn")),
    "attach-role-policy": (Kind.DENY_ROLE, ("--role-name", "--policy-arn")),
    "put-role-policy": (
        Kind.END_SESSIONS,
        ("--role-name", "--policy-name", "--policy-document"),
    ),
    "update-access-key": (Kind.CLOSE_KEY, ("--user-name", "--access-key-id", "--status")),
    "delete-login-profile": (Kind.REMOVE_PASSWORD, ("--user-name",)),
}
"""The commands that an act stands for: what each is, and its options in their order."""

_VALUES: Mapping[str, Sequence[str]] = {
    "--policy-arn": [DENY_ALL.format(partition) for partition in PARTITIONS],
    "--policy-name": [SESSIONS_POLICY],
    "--status": ["Inactive"],
}
"""What these options have to say for the command to be an act."""

_ID = re.compile("[0-9a-f]{4,32}")

Protects = Callable[[str], bool]
"""Says of a principal's ARN whether no act may touch it."""


class Act(NamedTuple):
    """One act on one identity of the deployment's own account."""

    kind: Kind
    name: str
    """The user or the role."""
    key: str = ""
    """The access key, where it is about one."""

    @property
    def who(self) -> tuple[str, str]:
        """Whether it is about a role or a user, and which."""
        return "role" if self.kind in (Kind.DENY_ROLE, Kind.END_SESSIONS) else "user", self.name

    def __str__(self) -> str:
        """Say what the act does, in words."""
        return _WORDS[self.kind].format(name=self.name, key=self.key)


_WORDS = {
    Kind.DENY_USER: "deny the user {name} all, which ends its sessions, too",
    Kind.DENY_ROLE: "deny the role {name} all",
    Kind.END_SESSIONS: "end the sessions of the role {name} that are open then",
    Kind.CLOSE_KEY: "switch off the key {key} of the user {name}",
    Kind.REMOVE_PASSWORD: "delete the password of the user {name}",
}


class Left(NamedTuple):
    """A command that people have to run."""

    command: Command
    why: str


@dataclass(frozen=True)
class Plan:
    """The acts that may be done, in order, and those left to people."""

    commands: Mapping[Act, Command]
    """The acts, each with the command that it stands for."""
    left: Sequence[Left] = ()
    notes: Sequence[str] = ()

    @property
    def acts(self) -> Sequence[Act]:
        """The acts, in order."""
        return list(self.commands)

    @property
    def id(self) -> str:
        """The id of the acts: other acts have another one. The time is no part of it."""
        return id_of(self.commands)


def id_of(acts: Iterable[Act]) -> str:
    """Return the id of a plan by its acts, in any order."""
    text = "\x1f".join("\x1e".join(act) for act in sorted(acts))
    return hashlib.sha256(text.encode()).hexdigest()[:PLAN_LENGTH]


def plan(incident: Incident, now: datetime, account_id: str, protects: Protects) -> Plan:
    """Return what may be done about an incident in one account."""
    members = members_of(incident)
    kept = {
        kind_and_name(m.actor) for m in members if m.account_id == account_id and protects(m.actor)
    }
    commands: dict[Act, Command] = {}
    left: list[Left] = []
    told = steps(incident, now)
    for command in (one for step in told for one in step.commands):
        act = act_of(command)
        if not act:
            left.append(Left(command, NO_DENIAL))
        elif command.account_id != account_id:
            left.append(Left(command, OTHER_ACCOUNT))
        elif act.who in kept:
            left.append(Left(command, PROTECTED))
        else:
            commands[act] = command
    return Plan(commands, left, [note for step in told for note in step.notes])


def act_of(command: Command) -> Act | None:
    """Return the act that does exactly what a command does; None where there is none."""
    program, service, verb, *rest = command.arguments
    kind, flags = _FLAGS.get(verb, (None, ()))
    if (program, service) != ("aws", "iam") or not kind or tuple(rest[::2]) != tuple(flags):
        return None
    options = dict(zip(flags, rest[1::2], strict=True))
    if any(flag in options and options[flag] not in values for flag, values in _VALUES.items()):
        return None
    return Act(kind, rest[1], options.get("--access-key-id", ""))


def subject(incident_id: str) -> str:
    """Return the subject of the mails: the ids of incidents are ours alone."""
    plain = incident_id if _ID.fullmatch(incident_id) else "unknown"
    return f"[Trailwarden] Response to incident {plain}"


def question(incident: Incident, planned: Plan, until: datetime, mode: str) -> str:
    """Return the mail that asks a person."""
    dry = ["This is a dry run: nothing is changed, whatever the answer is.", ""]
    lines = [
        heading(incident),
        "",
        f"Somebody has to approve or decline the plan {planned.id} by {until:%Y-%m-%d %H:%M} UTC:",
        *how_to_answer(incident.id, planned.id),
        "",
        *(dry if mode == DRY_RUN else []),
        "What comes up before it is done is asked in another mail.",
        "",
        *shown(planned),
    ]
    return fitted("\n".join(lines))


def how_to_answer(incident_id: str, plan_id: str) -> Sequence[str]:
    """Return the commands that answer."""
    answers = (f"approve {plan_id}", f"decline {plan_id}")
    return [_ANSWER.format(incident=incident_id, answer=answer) for answer in answers]


def shown(planned: Plan) -> Iterator[str]:
    """Yield what a plan does, and the acts that it leaves to people."""
    account = {command.account_id for command in planned.commands.values()}
    yield f"The plan {planned.id} runs these commands in account {', '.join(account) or 'none'}:"
    for act, command in planned.commands.items():
        yield f"  # {act}"
        yield from (f"  {line}" for line in command.lines)
    if any(act.kind is Kind.END_SESSIONS for act in planned.commands):
        yield "  # The time in them will be that of the approval."
    if planned.left or planned.notes:
        yield ""
        yield "It leaves to people:"
    for one in planned.left:
        where = printable(one.command.account_id, limit=20) or "an unknown account"
        yield f"  # in {where}, for {one.why}:"
        yield f"  {printable(str(one.command), limit=1000)}"
    for note in planned.notes:
        yield f"  # {_harmless(note, limit=1000)}"


def answer(incident_id: str, outcome: Outcome, state: Mapping[str, Any]) -> str:
    """Return the mail that tells how a response ended. `state` is the state machine's."""
    approval = state.get("approval")
    approval = approval if isinstance(approval, Mapping) else {}
    owner, reason = (_harmless(str(approval.get(name, ""))) for name in ("owner", "reason"))
    said = _OUTCOMES[outcome].format(owner=owner or "Somebody", reason=reason or "no reason")
    why = state.get("why")
    cause = why.get("Cause") if isinstance(why, Mapping) else None
    if outcome is Outcome.DECLINED and isinstance(cause, str):
        said = f"{said} {_harmless(cause)}"
    results = state.get("results")
    told = [*map(_result, results)] if isinstance(results, list) else []
    planned = state.get("plan")
    if told and isinstance(planned, Mapping) and planned.get("more"):
        told += ["", "More came up since the approval. Another mail asks about it."]
    return fitted("\n".join([f"Incident {printable(incident_id)}", "", said, *told]))


_OUTCOMES = {
    Outcome.DONE: "{owner} approved the plan: {reason}. This was done:",
    Outcome.WOULD: "{owner} approved the plan: {reason}. It is a dry run. This would be done:",
    Outcome.DECLINED: "The plan was declined. Nothing was done.",
    Outcome.UNANSWERED: "Nobody answered in time. Nothing was done.",
    Outcome.NOTHING: "There is nothing that a response could stop. Nothing was done.",
}
_RESULTS = {
    Result.DONE: "done",
    Result.GONE: "not there any more",
    Result.FAILED: "FAILED",
    Result.WOULD: "would be done",
}


def _result(told: object) -> str:
    told = told if isinstance(told, Mapping) else {}
    says = _RESULTS.get(told.get("result", ""), "FAILED")
    act = told.get("act")
    words = act.get("words", "") if isinstance(act, Mapping) else ""
    why = told.get("error")
    error = str(why.get("Error", "")) if isinstance(why, Mapping) else ""
    return f"  {says}: {_harmless(str(words))}{f' ({printable(error)})' if error else ''}"


def _harmless(text: str, limit: int = 200) -> str:
    """Return a text in one line, of which mail programs make no links."""
    return defanged(printable(text, limit=limit))
