"""Makes EventBridge patterns of rules, so that what rules look at is seen within seconds.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html

A pattern may let through more than the rules want, never less: the detector asks the rules again.
What it leaves out, `complete_path_only` names: the log files bring that some minutes later.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import Pattern, matches
from trailwarden.detection.rule import LogClass, Mode, Rule

MAX_PATTERN: Final = 2_048
"""How many characters a pattern must stay below."""

DETAIL_TYPES: Final = (
    "AWS API Call via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Insight via CloudTrail",
    "AWS Network Activity Event via CloudTrail",
    "AWS Service Event via CloudTrail",
)
"""Every kind of event that CloudTrail sends; AWS's own pages spell the sign-in both ways."""

ENVELOPE: Final[Pattern] = {"source": [{"prefix": "aws."}], "detail-type": list(DETAIL_TYPES)}
"""What holds for them all. Nobody but AWS can send events from a source that begins with `aws.`."""

VERSIONED_SERVICES: Final = frozenset({"cloudfront", "lambda"})
"""The services that append a date to event names, as in `UpdateFunctionCode20150331v2`."""

FREQUENT_ACTIONS: Final = frozenset(
    {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "ssm:UpdateInstanceInformation",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
    }
)
"""What workloads and services do all the time: most of the events of most accounts."""

_PINNED: Final = frozenset({"eventSource", "eventName"})
_ORDINARY_EVENT: Final[Record] = {
    "eventType": "AwsApiCall",
    "eventCategory": "Management",
    "managementEvent": True,
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "Boto3/1.42.0",
    "recipientAccountId": "111122223333",
}
_ORDINARY_IDENTITIES: Final[Sequence[Record]] = (
    {"type": "AssumedRole", "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "accountId": "111122223333"},
    {"type": "IAMUser", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "accountId": "111122223333"},
    {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
    {"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"},
)

_Selector: TypeAlias = dict[str, Any]


def patterns(rules: Iterable[Rule]) -> list[Pattern]:
    """Return event patterns that let through all that `rules` look at, as few as will do.

    Each is below `MAX_PATTERN` characters as compact JSON. Rules for the complete path alone are
    left out.
    """
    served = [rule for rule in rules if not complete_path_only(rule)]
    return [_pattern(selectors) for selectors in _packed(_selections(served))]


def complete_path_only(rule: Rule) -> str:
    """Return why only the log files bring what `rule` looks at; nothing when EventBridge does."""
    frequent = _frequent(rule)
    reasons = {
        "it is off": rule.mode is Mode.OFF,
        "it counts what hunting rules find, and looks at no events itself": rule.signals,
        "it is a hunt: nobody waits for what it finds": rule.mode is Mode.HUNT,
        "it looks at data events, which are too many to forward one by one": (
            rule.log_class is LogClass.DATA
        ),
        f"it looks at {frequent}, too many to forward one by one": frequent,
        "its `where` is longer than an EventBridge pattern may be": _too_long(rule),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def compact(pattern: Pattern) -> str:
    """Return a pattern as EventBridge counts its characters."""
    return json.dumps(pattern, separators=(",", ":"))


def _frequent(rule: Rule) -> str:
    """Return what the rule looks at that happens all the time; nothing when its `where` is rare."""
    if not _is_ordinary(rule.where or {}):
        return ""
    for action in rule.events:
        if action == "*":
            return "nearly every event"
        for frequent in sorted(FREQUENT_ACTIONS):
            if action in (frequent, f"{frequent.partition(':')[0]}:*"):
                return f"every {frequent}"
    return ""


def _too_long(rule: Rule) -> bool:
    return any(len(compact(_pattern([s]))) >= MAX_PATTERN for s in _selections([rule]))


def _is_ordinary(where: Pattern) -> bool:
    """Say whether the everyday events of workloads and services match `where`."""
    return any(
        matches(where, {**_ORDINARY_EVENT, "readOnly": read_only, "userIdentity": identity})
        for identity in _ORDINARY_IDENTITIES
        for read_only in (True, False)
    )


def _selections(rules: Sequence[Rule]) -> Iterator[_Selector]:
    """Yield one selector for each event and `where` of `rules`, in a steady order."""
    guards = {json.dumps(rule.where or {}, sort_keys=True): rule.where or {} for rule in rules}
    wanted = {
        (json.dumps(rule.where or {}, sort_keys=True), *_parts(action))
        for rule in rules
        for action in rule.events
    }
    for guard, service, name in sorted(wanted):
        everything = {("{}", service, name), ("{}", service, "*")} - {(guard, service, name)}
        if everything.isdisjoint(wanted) and (name == "*" or (guard, service, "*") not in wanted):
            yield {**guards[guard], **_pins(service, name)}


def _parts(action: str) -> tuple[str, str]:
    service, _, name = action.partition(":")
    return service, name or "*"


def _pins(service: str, name: str) -> _Selector:
    """Return what pins an event to a service and a name, whatever its API's version."""
    source = {} if service == "*" else {"eventSource": [f"{service}.amazonaws.com"]}
    if name == "*":
        return source
    versions = [{"prefix": f"{name}20"}] if service in VERSIONED_SERVICES else []
    return source | {"eventName": [name, *versions]}


def _packed(selectors: Iterable[_Selector]) -> Iterator[list[_Selector]]:
    """Yield selectors in as few heaps as fit into a pattern each."""
    heap: list[_Selector] = []
    for selector in selectors:
        taller = _stacked(heap, selector)
        if len(compact(_pattern(taller))) >= MAX_PATTERN:
            yield heap
            taller = [selector]
        heap = taller
    if heap:
        yield heap


def _stacked(heap: list[_Selector], selector: _Selector) -> list[_Selector]:
    """Return `heap` with `selector` on it, as more names of the top where both have one `where`.

    Under a `where` the names of several services go together: hardly an event more matches.
    """
    top = heap[-1] if heap else {}
    where = _where(selector)
    alike = "eventName" in top and "eventName" in selector and _where(top) == where
    if alike and (where or top["eventSource"] == selector["eventSource"]):
        joined = {key: _union(top[key], selector[key]) for key in top.keys() & _PINNED}
        return [*heap[:-1], top | joined]
    return [*heap, selector]


def _union(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    return [*some, *(other for other in others if other not in some)]


def _where(selector: _Selector) -> _Selector:
    """Return a selector without what pins service and name."""
    return {key: value for key, value in selector.items() if key not in _PINNED}


def _pattern(selectors: Sequence[Mapping[str, Any]]) -> Pattern:
    """Return the pattern of events that match any of `selectors`."""
    alone = selectors[0] if len(selectors) == 1 else {"$or": list(selectors)}
    return {**ENVELOPE, "detail": dict(alone)}
