"""Makes EventBridge patterns of rules, so that rules see events within seconds.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html

A pattern may let through more than the rules want, never less: the detector asks the rules again.
`complete_path_only` names the rules without a pattern: log files bring their events minutes later.
`left_to_files` names the events of the others that are too many to forward.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, Final, TypeAlias

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.complexity import MAX_COMPLEXITY, complexity, has_invalid_wildcard
from trailwarden.detection.pattern import OWN_OPERATOR, Pattern, leaves, matches
from trailwarden.detection.rule import LogClass, Mode, Rule

MAX_PATTERN: Final = 2_048
"""How many characters a pattern must stay below."""

MAX_PARTS: Final = 12
"""Over how many patterns one `where` may go: a bus has room for 300 rules, in some Regions 100."""

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
"""The part of every pattern. Only AWS can send events from a source that begins with `aws.`."""

VERSIONED_SERVICES: Final = frozenset({"cloudfront", "lambda"})
"""The services that append a date to event names, as in `UpdateFunctionCode20150331v2`."""

DATA_ACTIONS: Final = frozenset(
    f"{service}:{name}"
    for service, names in {
        "cognito-identity": "GetCredentialsForIdentity GetId GetOpenIdToken",
        "dynamodb": (
            "BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement GetItem "
            "PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem"
        ),
        "events": "PutEvents",
        "kinesis": "GetRecords PutRecord PutRecords",
        "lambda": "Invoke",
        "rds-data": "BatchExecuteStatement ExecuteStatement",
        "s3": (
            "CopyObject CreateMultipartUpload DeleteObject DeleteObjects GetObject HeadObject "
            "ListObjects ListObjectVersions PutObject"
        ),
        "sns": "Publish PublishBatch",
        "sqs": "ReceiveMessage SendMessage",
    }.items()
    for name in names.split()
)
"""What trails record as data events, of which rules look at some beside management events."""

FREQUENT_ACTIONS: Final = DATA_ACTIONS | {
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "ssm:UpdateInstanceInformation",
    "states:StartExecution",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
}
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

NOT_BY_AWS: Final[Pattern] = {
    "userIdentity": {"type": [{"anything-but": "AWSService"}, {"exists": False}]}
}
"""Leaves out most of what AWS does for itself, for rules that exempt it."""

_Selector: TypeAlias = dict[str, Any]


def patterns(rules: Iterable[Rule]) -> list[Pattern]:
    """Return event patterns that let through all that `rules` look at, as few as will do.

    Each is below `MAX_PATTERN` characters as compact JSON and at most `MAX_COMPLEXITY` complex.
    Rules for the complete path alone are left out.
    """
    served = [rule for rule in rules if not complete_path_only(rule)]
    exempting = [rule for rule in served if _leaves_aws_out(rule)]
    others = [rule for rule in served if not _leaves_aws_out(rule)]
    return [
        _pattern(selectors, common)
        for some, common in ((exempting, NOT_BY_AWS), (others, {}))
        for selectors in _packed(list(_selections(some)), common)
    ]


def _leaves_aws_out(rule: Rule) -> bool:
    """Say whether `rule` exempts AWS itself, and its `where` leaves room to say so."""
    learns = rule.learns_from_exempt and not rule.taught_by
    return Caller.AWS not in rule.heeds and not learns and "userIdentity" not in (rule.where or {})


def complete_path_only(rule: Rule) -> str:
    """Return why only the log files bring events of `rule`; nothing when EventBridge does."""
    return _by_choice(rule) or _refused(rule)


def refusal(rule: Rule) -> str:
    """Return why EventBridge would refuse the pattern of `rule`; nothing when it would not.

    Nothing, too, for a rule that waits for the log files in any case.
    """
    return "" if _by_choice(rule) else _refused(rule)


def left_to_files(rule: Rule) -> list[str]:
    """Return the events of a rule that the log files alone bring, for they happen all the time.

    None are, where its `where` is rare.
    """
    if not _is_ordinary(rule.where or {}):
        return []
    return [action for action in rule.events if _frequent(action)]


def spellings(service: str, name: str) -> list[Any]:
    """Return a pattern that matches the name of an API operation, in any version."""
    versions = [{"prefix": f"{name}20"}] if service in VERSIONED_SERVICES else []
    return [name, *versions]


def compact(pattern: Pattern) -> str:
    """Return a pattern as EventBridge counts its characters."""
    return json.dumps(pattern, separators=(",", ":"))


def _by_choice(rule: Rule) -> str:
    """Return why nothing of `rule` is to be forwarded, with any pattern."""
    frequent = "" if _forwarded(rule) else next(map(_frequent, rule.events), "")
    reasons = {
        "it is off": rule.mode is Mode.OFF,
        "it counts what hunting rules find, and looks at no events itself": rule.signals,
        "it is a hunt: nobody waits for what it finds": rule.mode is Mode.HUNT,
        "it looks at data events, which are too many to forward one by one": (
            rule.log_class is LogClass.DATA
        ),
        f"it looks at {frequent}, too many to forward one by one": frequent,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _refused(rule: Rule) -> str:
    where = rule.where or {}
    common = NOT_BY_AWS if _leaves_aws_out(rule) else {}
    if has_invalid_wildcard(where):
        return (
            "EventBridge refuses a wildcard of its `where`, for a backslash or two stars in a row"
        )
    if _has_own_operator(where):
        return f"EventBridge has no {OWN_OPERATOR} for its `where`"
    parts = _divided(where)
    if len(parts) > MAX_PARTS or any(_is_too_complex([part], common) for part in parts):
        return "its `where` has more wildcards than EventBridge allows in its rules"
    if any(_is_too_long([selector], common) for selector in _selections([rule])):
        return "its `where` is longer than an EventBridge pattern may be"
    return ""


def _has_own_operator(where: Pattern) -> bool:
    listed = (value for _, values in leaves(where) for value in values)
    return any(isinstance(value, Mapping) and OWN_OPERATOR in value for value in listed)


def _forwarded(rule: Rule) -> list[str]:
    """Return the events of a rule that are rare enough to be forwarded."""
    left = {*left_to_files(rule)}
    return [action for action in rule.events if action not in left]


def _frequent(action: str) -> str:
    """Return what an action names that happens all the time; nothing where none of it does."""
    if action == "*":
        return "nearly every event"
    names = (f for f in sorted(FREQUENT_ACTIONS) if action in (f, f"{f.partition(':')[0]}:*"))
    return next((f"every {frequent}" for frequent in names), "")


def _is_too_long(selectors: Sequence[_Selector], common: Pattern) -> bool:
    return len(compact(_pattern(selectors, common))) >= MAX_PATTERN


def _is_too_complex(selectors: Sequence[Pattern], common: Pattern) -> bool:
    return complexity(_pattern(selectors, common), enough=MAX_COMPLEXITY + 1) > MAX_COMPLEXITY


def _is_ordinary(where: Pattern) -> bool:
    """Say whether the everyday events of workloads and services match `where`."""
    return any(
        matches(where, {**_ORDINARY_EVENT, "readOnly": read_only, "userIdentity": identity})
        for identity in _ORDINARY_IDENTITIES
        for read_only in (True, False)
    )


def _selections(rules: Sequence[Rule]) -> Iterator[_Selector]:
    """Yield one selector for each event and part of a `where` of `rules`, in a steady order."""
    guarded = [(part, rule) for rule in rules for part in _divided(rule.where or {})]
    guards = {_key(part): part for part, _ in guarded}
    wanted = {
        (_key(part), *_parts(action)) for part, rule in guarded for action in _forwarded(rule)
    }
    for guard, service, name in sorted(wanted):
        everything = {("{}", service, name), ("{}", service, "*")} - {(guard, service, name)}
        if everything.isdisjoint(wanted) and (name == "*" or (guard, service, "*") not in wanted):
            yield {**guards[guard], **_pins(service, name)}


def _key(where: Pattern) -> str:
    return json.dumps(where, sort_keys=True)


def _divided(where: Pattern) -> list[Pattern]:
    """Return what together matches as `where` does, in parts that are simple enough.

    A value that is too complex by itself stands alone in its part. Of more parts than a rule may
    have, some are left out.
    """
    fields = (
        [(key, part) for part in (_divided(below) if isinstance(below, Mapping) else _runs(below))]
        for key, below in where.items()
    )
    return [dict(part) for part in islice(product(*fields), MAX_PARTS + 1)]


def _runs(values: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the values of a field in runs that are as complex as may be."""
    run: list[Any] = []
    for value in values:
        if run and complexity({"": [*run, value]}, enough=MAX_COMPLEXITY + 1) > MAX_COMPLEXITY:
            yield run
            run = []
        run = [*run, value]
    yield run


def _parts(action: str) -> tuple[str, str]:
    service, _, name = action.partition(":")
    return service, name or "*"


def _pins(service: str, name: str) -> _Selector:
    """Return a pattern that pins an event to a service and a name, in any version of its API."""
    source = {} if service == "*" else {"eventSource": [f"{service}.amazonaws.com"]}
    if name == "*":
        return source
    return source | {"eventName": spellings(service, name)}


def _packed(selectors: Sequence[_Selector], common: Pattern) -> list[list[_Selector]]:
    """Return selectors in as few heaps as fit into a pattern each.

    Those with wildcards come first, and each goes to the first heap that has room for it. The
    others fill the heaps one after the other, so that names of one service stay together.
    """
    heaps: list[list[_Selector]] = []
    for selector in filter(complexity, selectors):
        _put(selector, heaps, 0, common)
    at = 0
    for selector in selectors:
        if not complexity(selector):
            at = _put(selector, heaps, at, common)
    return heaps


def _put(selector: _Selector, heaps: list[list[_Selector]], begin: int, common: Pattern) -> int:
    """Put `selector` on the first heap from `begin` on that has room, else on a new one.

    Return which that was.
    """
    for at in range(begin, len(heaps)):
        taller = _stacked(heaps[at], selector)
        if not (_is_too_long(taller, common) or _is_too_complex(taller, common)):
            heaps[at] = taller
            return at
    heaps.append([selector])
    return len(heaps) - 1


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


def _pattern(selectors: Sequence[Mapping[str, Any]], common: Pattern) -> Pattern:
    """Return the pattern of events that match any of `selectors`, and `common`."""
    alone = selectors[0] if len(selectors) == 1 else {"$or": list(selectors)}
    return {**ENVELOPE, "detail": {**common, **alone}}
