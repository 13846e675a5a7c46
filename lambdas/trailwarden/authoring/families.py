"""Tells which API operations do the same as those that rules name, so that none is forgotten.

A rule hears the events it names. AWS adds a `V2`, a bulk form, a second service for the same
resource, or a new setting. An attacker takes the way that no rule hears. So every operation that is
close to a named one has to be named too, or waived. The same holds for names that mean harm.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.event_names import NAMES

Operations: TypeAlias = Callable[[str], Collection[str]]
"""Returns the operations of a service, by the name that CloudTrail has for it."""

Family: TypeAlias = tuple[str, str, str]
"""The service, or the first of several that are twins; the act; and its object."""

WAIVERS = Path(__file__).with_suffix(".toml")

_VERBS = {
    "set": "Accept Activate Add Allocate Allow Apply Approve Assign Associate Attach Authorize "
    "Change Configure Connect Copy Create Deploy Edit Enable Execute Grant Import Invite Invoke "
    "Issue Join Launch Migrate Modify Move Open Override Promote Provision Publish Purchase Push "
    "Put Register Replace Replicate Request Reset Restore Rotate Run Send Set Share Start Submit "
    "Subscribe Switch Transfer Update Upgrade Upload Write",
    "remove": "Abort Archive Cancel Close Deactivate Deauthorize Decline Delete Deny Deprovision "
    "Deregister Destroy Detach Disable Disassociate Disconnect Dismiss Dissociate Expire Leave "
    "Pause Purge Reject Release Remove Revoke Stop Suspend Terminate Unassign Unlink Unlock "
    "Unsubscribe Withdraw",
    "hand": "Assume Download Exchange Export Fetch Generate Get Redeem Retrieve View",
    "look": "Check Describe Detect Estimate Head List Lookup Poll Preview Query Report Sample Scan "
    "Search Select Simulate Test Validate Verify",
    "label": "Label Tag Unlabel Untag",
}
ACTS = {verb: act for act, verbs in _VERBS.items() for verb in verbs.split()}
"""What a verb does: set something up, remove it, hand it out, look at it, or label it."""

MANNERS = frozenset({"Admin", "Batch", "Bulk", "Initiate"})
"""Words before the verb that say how, and change nothing."""

TWINS: Sequence[frozenset[str]] = (
    frozenset({"application-autoscaling", "autoscaling"}),
    frozenset({"bedrock", "bedrock-agentcore"}),
    frozenset({"codeconnections", "codestar-connections"}),
    frozenset({"identitystore", "sso", "sso-directory"}),
    frozenset({"redshift", "redshift-serverless"}),
    frozenset({"s3", "s3express"}),
    frozenset({"signin", "sso-oauth"}),
    frozenset({"waf", "waf-regional", "wafv2"}),
)
"""Services that keep the same kind of resources: a name for one counts for the others."""

GUARDS = frozenset(
    {
        "access-analyzer",
        "auditmanager",
        "cloudtrail",
        "config",
        "detective",
        "fms",
        "guardduty",
        "inspector2",
        "macie2",
        "network-firewall",
        "network-security-manager",
        "organizations",
        "rbin",
        "securityhub",
        "securitylake",
        "shield",
        "wafv2",
    }
)
"""Services that keep watch, or keep people within limits: all that changes them is close."""


class Meaning(NamedTuple):
    """What an operation does by its name alone, in any service."""

    act: str
    things: re.Pattern[str]
    says: str


MEANINGS = tuple(
    Meaning(act, re.compile(things), says)
    for act, things, says in (
        ("set", r"Public(?!Key|I[Pp]|Virtual|Dns|Type|Ver)|CrossAccount", "opens a thing"),
        ("set", r"Polic(?:y|ies)(?:Reference|To\w+|Statement)?$|Permissions?$", "says who may"),
        ("set", r"Polic\w+To\w+|PermissionSet|Boundary", "says who may"),
        ("set", r"Shar(?:e|ing)(?!d)|Grant|Invit|Authoriz|Peering|Administrator", "lets in"),
        ("set", r"Trust|Federation|Delegat|IdentityProvider|RoleAlias|RootSessions", "lets in"),
        ("set", r"Password|Credential|(?:Api|Access|SSH\w*)Key|Token$|SigningCert", "makes a key"),
        ("hand", r"Password$|Credentials?$|Token$|Url$|URL$|AccessKeys?$|ApiKey$", "hands a key"),
        ("hand", r"^Export", "carries data off"),
        ("set", r"Export(?:Job|Task)?$|Snapshot|Backup|CopyJob|Replica", "copies data"),
        ("set", r"Logging|LogDeliver|LogConfig|AuditLog|Retention", "may silence a log"),
        ("set", r"Protection|Encrypt|Firewall|Guardrail|SecurityConfig", "may weaken"),
        ("remove", r"Logging|LogDeliver|LogConfig|LogSubscr|AuditLog", "silences a log"),
        ("remove", r"Protection|Encrypt|Firewall(?!Dom)|Guardrail|SecurityConfig", "weakens"),
        ("remove", r"BlockPublic|PublicAccessBlock|Boundary", "weakens"),
        ("remove", r"(?:Snapshot|Backup|RecoveryPoint)s?$|Retention", "destroys copies"),
    )
)
"""What names tell. A new service that has any of these has to be looked at once."""


class Kin(NamedTuple):
    """An operation that no rule names, and what makes it close to those that rules name."""

    event: str
    why: str

    def __str__(self) -> str:
        """Say what to do about it."""
        return (
            f"{self.event} {self.why}: add it to the `events` of a rule, with a story, "
            f"or waive it with a reason in authoring/{WAIVERS.name}"
        )


def unnamed(
    named: Mapping[str, str], services: Iterable[str], operations: Operations
) -> Iterator[Kin]:
    """Yield the operations close to the `named` events, which are told with the rule of each."""
    families = _families(named)
    for service in sorted(services):
        console = {name.partition(":")[2] for name in NAMES if name.startswith(f"{service}:")}
        for operation in sorted({*operations(service), *console}):
            event = f"{service}:{operation}"
            if event not in named and (why := _closeness(service, operation, families)):
                yield Kin(event, why)


def waived() -> Mapping[str, str]:
    """Return the reason for each event that rules need not name; ValueError if one is there twice.

    A line of a group is a service, a colon, and operations.
    """
    reasons: dict[str, str] = {}
    for group in tomllib.loads(WAIVERS.read_text(encoding="utf-8"))["waived"]:
        for event in _events(group["events"]):
            if event in reasons:
                raise ValueError(f"{WAIVERS.name} waives {event} twice: keep one reason")
            reasons[event] = group["reason"]
    return reasons


def family(operation: str) -> tuple[str, str]:
    """Return what an operation does, and to what, without manner, version and number.

    >>> family("BatchUpdateFindingsV2")
    ('set', 'Finding')
    >>> family("DisassociateMembers") == family("DeleteMember")
    True
    """
    words = _words(re.sub(r"(?:V\d+|[\d_]+)$", "", operation))
    while len(words) > 1 and words[0] in MANNERS:
        words = words[1:]
    verb, *noun = words or [operation]
    return ACTS.get(verb, verb.lower()), "".join(map(_singular, noun))


def _closeness(service: str, operation: str, families: Mapping[Family, str]) -> str:
    """Return what makes an operation close to what rules name; nothing where it is not."""
    act, noun = family(operation)
    if act in ("look", "label"):
        return ""
    if noun and (relation := families.get((_house(service), act, noun))):
        return f"does the same as {relation}"
    if service in GUARDS and act != "hand":
        return "changes what keeps watch"
    meant = (m.says for m in MEANINGS if m.act == act and m.things.search(operation))
    return f"{says} by its name" if (says := next(meant, "")) else ""


def _families(named: Mapping[str, str]) -> Mapping[Family, str]:
    """Return an example of the named events of each family: the event, and the rule that does."""
    families: dict[Family, str] = {}
    for event, rule in sorted(named.items()):
        service, _, operation = event.partition(":")
        families.setdefault((_house(service), *family(operation)), f"{event} of {rule}")
    return families


def _house(service: str) -> str:
    """Return one name for services that are twins."""
    return next((min(twins) for twins in TWINS if service in twins), service)


def _events(lines: str) -> Iterator[str]:
    for line in lines.strip().splitlines():
        service, _, operations = line.partition(":")
        yield from (f"{service.strip()}:{operation}" for operation in operations.split())


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word.removesuffix('ies')}y"
    return word if word.endswith("ss") else word.removesuffix("s")
