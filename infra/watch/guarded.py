"""Which requests the guard tells of: those that name a resource of the stack and may write.

`guarded.toml` says how a request names a resource. The pattern leaves the operation open, so an
operation that is new to us is told of too.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from aws_cdk import CfnResource, Fn, Stack, Token
from aws_cdk.aws_sns import CfnSubscription
from constructs import Construct

from trailwarden.contract.complexity import MAX_COMPLEXITY
from trailwarden.contract.event_patterns import MAX_PATTERN

Selector: TypeAlias = dict[str, Any]
"""What selects calls of an event's `detail`."""

FILE = Path(__file__).with_name("guarded.toml")
ALARMS = "Alarms"
"""The construct that makes the alarms of a stack: their names begin with the stack's and its."""
_NAMES = {
    "SNS::Topic": "TopicName",
    "SQS::Queue": "QueueName",
    "StepFunctions::StateMachine": "Name",
}
"""The attributes that hold the name of a resource whose `Ref` is its ARN or URL."""
_LONGEST = {
    "AWS::DynamoDB::Table": 255,
    "AWS::Lambda::EventSourceMapping": 36,
    "AWS::KMS::Key": 36,
    "AWS::Logs::LogGroup": 512,
    "AWS::SNS::Topic": 256,
    "AWS::SQS::Queue": 80,
    "AWS::StepFunctions::StateMachine": 80,
}
"""How long the names of resources may be; 64 characters where nothing is said."""
MOST_WILDCARDS = MAX_COMPLEXITY // 3
"""How many wildcards a pattern holds: that of a function's name counts three."""
_RANDOM = 13
"""How many characters CloudFormation appends to a name."""
_ARN = len("arn:aws-us-gov:sns:us-gov-west-1:111122223333:")


@dataclass(eq=False, frozen=True, kw_only=True)
class Guarded:
    """A kind of resource, and how requests name one."""

    resource: str
    """The kind as CloudFormation has it; `stack` for the stack itself."""
    service: str
    """The service as CloudTrail names the source of its events."""
    part: str
    """The guard's rule that tells."""
    fields: Mapping[str, str]
    """The parameters that name a resource, by their paths, and the form of the name."""
    quiet: Mapping[str, str] = field(default_factory=dict)
    """The operations that the guard lets be, each with the reason."""

    def selectors(self, scope: Construct, rule_names: Sequence[str]) -> Iterator[Selector]:
        """Yield what selects the requests that name a resource of the stack of `scope`."""
        if not self.fields:
            yield self._selects({})
        for path, form in self.fields.items():
            for names in _in_parts(_names(scope, self.resource, form, rule_names)):
                yield self._selects(_nested(path, names))

    def naming(self, path: str, names: Sequence[Any]) -> Selector:
        """Return what selects the requests that name one of these in the parameter at `path`."""
        return self._selects(_nested(path, [*names]))

    def _selects(self, parameters: Selector) -> Selector:
        quiet = {"eventName": [{"anything-but": sorted(self.quiet)}]} if self.quiet else {}
        return {
            "eventSource": [f"{self.service}.amazonaws.com"],
            "readOnly": [False],
            **quiet,
            **({"requestParameters": parameters} if parameters else {}),
        }


@cache
def guarded() -> Sequence[Guarded]:
    """Return all kinds of resources that are guarded."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [Guarded(**each) for each in told["guarded"]]


def kind_of(resource: str) -> Guarded:
    """Return the kind of a resource, such as `KMS::Key`."""
    [found] = [kind for kind in guarded() if kind.resource == resource]
    return found


def resources(scope: Construct, kind: str) -> list[CfnResource]:
    """Return the resources of a kind that the stack of `scope` holds by now."""
    constructs = Stack.of(scope).node.find_all()
    found = [c for c in constructs if isinstance(c, CfnResource)]
    return [each for each in found if each.cfn_resource_type == f"AWS::{kind}"]


def packed(scope: Construct, selectors: Iterable[Selector], room: int) -> list[list[Selector]]:
    """Return selectors in as few heaps as fit into a pattern each, which has `room` for them.

    Names that CloudFormation makes are counted as long as they may become.
    """
    heaps: list[_Heap] = []
    stack = Stack.of(scope)
    kinds = _kinds(stack)
    for selector in selectors:
        size = _length(stack, selector, kinds) + 1
        wildcards = json.dumps(stack.resolve(selector)).count('"wildcard"')
        fitting = (h for h in heaps if size <= h.room and wildcards <= h.wildcards)
        if (heap := next(fitting, None)) is None:
            heap = _Heap(room)
            heaps.append(heap)
        heap.selectors.append(selector)
        heap.room -= size
        heap.wildcards -= wildcards
    return [heap.selectors for heap in heaps]


@dataclass
class _Heap:
    """Selectors that one pattern holds, and the room that is left in it."""

    room: int
    wildcards: int = MOST_WILDCARDS
    selectors: list[Selector] = field(default_factory=list)


def _in_parts(names: Iterable[dict[str, str] | str]) -> Iterator[list[dict[str, str] | str]]:
    """Yield names in parts that a pattern each can hold."""
    part: list[dict[str, str] | str] = []
    for name in names:
        if sum(isinstance(other, dict) and "wildcard" in other for other in part) == MOST_WILDCARDS:
            yield part
            part = []
        part.append(name)
    if part:
        yield part


def room_beside(common: Selector) -> int:
    """Return how many characters a pattern has besides the part that all selectors share."""
    return MAX_PATTERN - 1 - len(json.dumps(common, separators=(",", ":")))


def _nested(path: str, values: list[Any]) -> Selector:
    first, _, rest = path.partition(".")
    return {first: _nested(rest, values) if rest else values}


def _names(
    scope: Construct, kind: str, form: str, rule_names: Sequence[str]
) -> Iterator[dict[str, str] | str]:
    """Yield what matches the names that requests may give the stack's resources of a kind."""
    stack = Stack.of(scope)
    if form == "stack":
        yield stack.stack_name
        arn = stack.format_arn(
            service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/"
        )
        yield {"prefix": arn}
        return
    if form == "own":
        yield from ({"prefix": name} for name in _beginnings(scope, kind, rule_names))
        return
    if kind == "SNS::Subscription":  # that of somebody else's topic brings the log files
        subscribed = [r for r in resources(scope, kind) if isinstance(r, CfnSubscription)]
        foreign = [r.topic_arn for r in subscribed if not Token.is_unresolved(r.topic_arn)]
        yield from ({"prefix": f"{arn}:"} for arn in foreign)
    of = "SNS::Topic" if kind == "SNS::Subscription" else kind
    for resource in resources(scope, of):
        yield from _forms(resource, form)


def _forms(resource: CfnResource, form: str) -> Iterator[dict[str, str] | str]:
    """Yield the forms of one resource's name: never a guess, for CloudFormation cuts long ones."""
    kind = resource.cfn_resource_type.removeprefix("AWS::")
    name = Token.as_string(resource.get_att(_NAMES[kind])) if kind in _NAMES else resource.ref
    if kind == "CloudFormation::StackSet":
        name = Fn.select(0, Fn.split(":", resource.ref))
    match form:
        case "exact":
            yield name
        case "ending":
            yield {"suffix": name}  # its random end is no other's
        case "beginning":
            yield {"prefix": f"{resource.ref}:"}
        case "group":
            yield {"suffix": name}
            yield {"suffix": f"{name}:*"}
        case "function":
            # https://docs.aws.amazon.com/lambda/latest/dg/API_DeleteFunction.html
            yield {"prefix": name}
            yield {"wildcard": f"*:{name}*"}


def _beginnings(scope: Construct, kind: str, rule_names: Sequence[str]) -> Sequence[str]:
    """Return how the names of resources begin: rules are named, and alarms have room for all."""
    return rule_names if kind == "Events::Rule" else [f"{Stack.of(scope).stack_name}-{ALARMS}"]


def _kinds(stack: Stack) -> Mapping[str, str]:
    """Return the kinds of the resources that a stack holds by now, by logical id."""
    found = [c for c in stack.node.find_all() if isinstance(c, CfnResource)]
    return {stack.get_logical_id(c): c.cfn_resource_type for c in found}


def _length(stack: Stack, selector: Selector, kinds: Mapping[str, str]) -> int:
    """Return how long a selector may be, as compact JSON, once CloudFormation has named all."""
    text = json.dumps(stack.resolve(selector), separators=(",", ":"))
    references = re.findall(r'\{"(?:Ref|Fn::GetAtt)":\[?"([\w:]+)"[^}]*\}', text)
    made = sum(_longest(stack, name, kinds.get(name, "")) for name in references)
    return len(text) + made


def _longest(stack: Stack, logical_id: str, kind: str) -> int:
    """Return how long a reference to a resource may be; those to AWS's own values are short."""
    if not kind:
        return 0
    whole = len(stack.stack_name) + 1 + len(logical_id) + _RANDOM
    arn = _ARN if kind == "AWS::SNS::Topic" else 0
    return min(whole, _LONGEST.get(kind, 64)) + arn - len(logical_id)
