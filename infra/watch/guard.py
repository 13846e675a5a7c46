"""The guard: tells of tampering with the pipeline itself, without any code of ours in between."""

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.event_rule import EventRule, Mail, Place
from infra.topics import OperationsTopic
from infra.watch.guarded import Selector, guarded, packed, room_beside

CLOUDFORMATION = "cloudformation.amazonaws.com"
PARTS = ("Evidence", "Input", "Pipeline", "Roles", "Logs")
"""The parts whose changes are an alarm, as many changes as there may be."""
BY_STACK = "ByStack"
"""The part of all changes that CloudFormation makes, for whichever stack."""
TELLING = "Telling"
"""The part that alarms depend on, so that each change is a mail instead."""
ITSELF = "Itself"
"""The guard's own rules: this part and `Telling` both watch them, and so each other."""
DEPLOYMENT = "Deployment"
"""The part of requests to CloudFormation about the stack itself, which an alarm counts."""
VERSION = "Version"
"""The part of change sets that are executed: a mail each, with the version that comes."""
REQUEST = "Request"
"""The part of all other requests about the stack itself: a mail each."""
CHOSEN = "Chosen"
"""The part of what choices name and no template makes: a mail for each change by anyone."""
EXECUTE = "ExecuteChangeSet"

FEW = 3
"""How many letters of a part a name has room for where others before it are long."""

_MAILS = {
    TELLING: "Trailwarden: {act} changes what tells people that the pipeline does not work."
    " Asked for by {who} at {when} in {region}. Look at it at once, and deploy again.",
    ITSELF: "Trailwarden: {act} changes the rules that guard Trailwarden. Asked for by {who} at"
    " {when} in {region}. Look at it at once, and deploy again.",
    CHOSEN: "Trailwarden: {act} changes something that Trailwarden uses and did not make: the"
    " secret of an output, a bucket, a key, a topic, a role or a policy. Asked for by {who} at"
    " {when} in {region}. If nobody planned it, look at it at once.",
    VERSION: "Trailwarden: {act} of {to} for its stack, which ran version RUNNING until then."
    " Asked for by {who} at {when} in {region}. If that was no deployment of yours, look at it"
    " at once.",
    REQUEST: "Trailwarden: {act} for its stack, which ran version RUNNING until then."
    " Asked for by {who} at {when} in {region}. If that was no deployment of yours, look at it"
    " at once.",
}
_READ = {
    "act": "$.detail.eventName",
    "region": "$.detail.awsRegion",
    "when": "$.detail.eventTime",
    "who": "$.detail.userIdentity.arn",
}
_READ_OF = {VERSION: {"to": "$.detail.requestParameters.changeSetName"}}
"""What the mail of a part reads besides. CloudFormation takes a name of letters and digits."""


class Guard(Construct):
    """EventBridge rules over requests that name a resource of the stack and may change it.

    Alarms count what most of them match. What CloudFormation does is apart from the rest: a
    deployment changes nearly everything, and is told once. Some rules send a mail for each request,
    since alarms can be silenced: those over alarms and topics, and over the stack itself.

    The events go to `target_arn` too, which is the detector's queue or the bus of its Region. The
    guard covers what the stack holds when the guard is made, so it is made last.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: str,
        operations: OperationsTopic,
        rule_names: Sequence[str],
        target_arn: str,
        undelivered: sqs.Queue,
        version: str,
        letters: int | None = None,
        more: Sequence[tuple[str, Selector]] = (),
        role_arn: str | None = None,
        second: Place | None = None,
        second_topic: Place | None = None,
    ) -> None:
        """Make the rules, whose names begin with `names`, and with so many `letters` of a part.

        `rule_names` are the beginnings of the names of all of the stack's rules. `more` are further
        selectors with their parts. Mails go besides to the bus `second` of another Region, and to
        the `second_topic` of another account.
        """
        super().__init__(scope, id_)
        self._names, self._letters, self._second = names, letters, second
        self._second_topic = second_topic
        self._target = Place(target_arn, role_arn)
        self._undelivered = undelivered
        self._operations, self._version = operations, version
        operations.take_from_rules()
        found = _once(
            *((kind.part, each) for kind in guarded() for each in kind.selectors(self, rule_names)),
            *more,
            *((part, each) for part in (TELLING, ITSELF) for each in _guards(self._names)),
        )
        by_people = [{"anything-but": [CLOUDFORMATION]}]
        others = [each for part, each in found if part not in (CHOSEN, ITSELF, DEPLOYMENT)]
        own = _of(found, DEPLOYMENT)
        self.deployment = self._rules(DEPLOYMENT, own, [])
        self._rules(VERSION, [_executed(each) for each in own], [])
        self._rules(REQUEST, [other for each in own for other in _not_executed(each)], [])
        for part in (TELLING, ITSELF):
            self._rules(part, _of(found, part), by_people)
        self._rules(CHOSEN, _of(found, CHOSEN), [])
        made = [self._rules(part, _of(found, part), by_people) for part in PARTS]
        self.rules = {name: rule for each in made for name, rule in each.items()}
        self.by_stack = self._rules(BY_STACK, others, [CLOUDFORMATION])

    def _rules(
        self, part: str, selectors: Sequence[Selector], addresses: Sequence[Any]
    ) -> dict[str, EventRule]:
        """Make a rule of a part, or several with numbers where one has not enough room."""
        heaps = packed(self, selectors, room_beside(_pattern([], addresses)))
        numbers = ["", *map(str, range(2, len(heaps) + 1))]
        return {
            f"{part}{number}": EventRule(
                self,
                f"{part}{number}Tampering",
                name=f"{self._names}{part[: self._letters]}{number}",
                description=f"Matches changes that would blind the pipeline: {part.lower()}",
                pattern=_pattern(heap, addresses),
                target_arn=self._target.arn,
                undelivered=self._undelivered,
                role_arn=self._target.role_arn,
                mails=list(self._mails(part)),
                second=self._second if part in _MAILS else None,
            )
            for number, heap in zip(numbers, heaps, strict=False)
        }

    def _mails(self, part: str) -> Iterator[Mail]:
        if part not in _MAILS:
            return
        text = _MAILS[part].replace("RUNNING", self._version)
        reads = {**_READ, **_READ_OF.get(part, {})}
        yield Mail(self._operations.topic_arn, text, reads)
        if self._second_topic:
            yield Mail(self._second_topic.arn, text, reads, self._second_topic.role_arn)


def _once(*found: tuple[str, Selector]) -> list[tuple[str, Selector]]:
    """Leave out repeated selectors: an alarm of each kind has the same names."""
    return [each for number, each in enumerate(found) if each not in found[:number]]


def _of(found: Sequence[tuple[str, Selector]], part: str) -> list[Selector]:
    return [selector for of, selector in found if of == part]


def _executed(selector: Selector) -> Selector:
    """Select the change sets that CloudFormation executes: it took their names for such."""
    return {**selector, "eventName": [EXECUTE], "errorCode": [{"exists": False}]}


def _not_executed(selector: Selector) -> Iterator[Selector]:
    """Select all else that a selector selects."""
    [other] = selector["eventName"]
    yield {**selector, "eventName": [{"anything-but": sorted({*other["anything-but"], EXECUTE})}]}
    yield {**selector, "eventName": [EXECUTE], "errorCode": [{"exists": True}]}


def _pattern(selectors: Sequence[Selector], addresses: Sequence[Any]) -> dict[str, Any]:
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "managementEvent": [True],
            **({"sourceIPAddress": list(addresses)} if addresses else {}),
            "$or": list(selectors),
        },
    }


def taken(role_arn: str) -> tuple[str, Selector]:
    """Return what selects that a role is taken: the redrive role sends what nobody else may."""
    return "Input", {
        "eventSource": ["sts.amazonaws.com"],
        "eventName": ["AssumeRole"],
        "requestParameters": {"roleArn": [role_arn]},
    }


def default_bus() -> tuple[str, Selector]:
    """Return what selects changes of the default bus: its key and its policy decide what comes."""
    return "Input", {
        "eventSource": ["events.amazonaws.com"],
        "eventName": ["DeleteEventBus", "PutPermission", "RemovePermission", "UpdateEventBus"],
    }


def _guards(names: str) -> Iterator[Selector]:
    """Yield what selects changes of the guard's own rules: two of them tell of each other."""
    for field in ("name", "rule"):
        yield {
            "eventSource": ["events.amazonaws.com"],
            "readOnly": [False],
            "requestParameters": {field: [{"prefix": names}]},
        }
