"""Undoes what an incident did to things: commands, and the acts that no command undoes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import KEYS, MAKING, PASSWORDS
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.notify.commands import Command, Step, plain, step_of
from trailwarden.notify.printable import printable

_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
MOST_ACTS = 20
"""How many acts are told that no command undoes."""

_GLOBAL = frozenset({"iam", "s3api", "s3control"})
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]")


def undoing(incident: Incident) -> Iterator[Step]:
    """Yield what to do about the acts of an incident, in order."""
    yield from (_undo(incident, title, ways) for title, ways in _UNDOING.items())
    yield _by_people(incident)


def _undo(incident: Incident, title: str, ways: Mapping[str, "_Undo"]) -> Step:
    observations = (seen for deed in incident.deeds for seen in _done(incident, deed.alert))
    return step_of(
        title, (_undone(seen, ways[seen.action]) for seen in observations if seen.action in ways)
    )


def _done(incident: Incident, alert: Alert) -> Sequence[Observation]:
    """Return the events of an alert that did something: a refused one left nothing to undo."""
    failed = {trace.event_id for trace in incident.acts[alert.alert_id] if trace.failed}
    return [seen for seen in alert.observations if seen.event_id not in failed]


def _by_people(incident: Incident) -> Step:
    """Return the weighty acts that no command undoes, for people to look at."""
    title = "Look at each of these acts, and set things to what they were"
    known = {action for ways in _UNDOING.values() for action in ways} | _OF_IDENTITIES
    acts: dict[str, None] = {}
    for deed in incident.deeds:
        first = next(iter(_done(incident, deed.alert)), None)
        if deed.severity < Severity.HIGH or not first or first.action in known:
            continue
        if _READS.match(first.action.partition(":")[2]):
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


_Undo = Callable[[Observation], Iterator[Sequence[str]]]
"""Yield the arguments of each command that undoes an act."""


def _trust(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("iam", "get-role", "--role-name", plain(seen.subject))


def _ports(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("ec2", "describe-security-group-rules", "--filters",
           f"Name=group-id,Values={plain(seen.subject)}")  # fmt: skip


def _logging(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "start-logging", "--name", plain(seen.subject))


def _trail(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "get-trail", "--name", plain(seen.subject))


def _selectors(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("cloudtrail", "get-event-selectors", "--trail-name", plain(seen.subject))


def _detector(_: Observation) -> Iterator[Sequence[str]]:
    yield ("guardduty", "create-detector", "--enable")


def _detector_off(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("guardduty", "update-detector", "--detector-id", plain(seen.subject), "--enable")


def _recorder(seen: Observation) -> Iterator[Sequence[str]]:
    name = seen.label.removesuffix(": off").partition(" ")[2] or "default"
    yield ("configservice", "start-configuration-recorder",
           "--configuration-recorder-name", plain(name))  # fmt: skip


def _policy_of_bucket(seen: Observation) -> Iterator[Sequence[str]]:
    if " allows anyone " in seen.label:
        yield from _bucket(seen)
    else:  # a block of public access leaves what one account may do
        yield ("s3api", "get-bucket-policy", "--bucket", plain(seen.subject))


def _bucket(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("s3api", "put-public-access-block", "--bucket", plain(seen.subject),
           "--public-access-block-configuration", _BLOCKED)  # fmt: skip


def _account(seen: Observation) -> Iterator[Sequence[str]]:
    yield ("s3control", "put-public-access-block", "--account-id", plain(seen.account_id),
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
                   plain(seen.subject), "--attribute-name", "restore", "--values-to-remove",
                   stranger)  # fmt: skip

    return undo


def _disk(kind: str, attribute: str, groups: str) -> _Undo:
    def undo(seen: Observation) -> Iterator[Sequence[str]]:
        disk = plain(seen.subject.removesuffix(" public"))
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
