"""An EventBridge rule with one target that never loses an event silently."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from trailwarden.detection.pattern import Pattern

WITH_READ_ONLY_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state in which a rule sees read-only management events too."""

MAX_NAME = 64
"""How many characters the name of a rule may have."""

PATIENCE = Duration.hours(24)
ATTEMPTS = 185


class RuleNames(NamedTuple):
    """What the names of a stack's EventBridge rules begin with, by what the rules are for."""

    fast_path: str
    guard: str
    new_files: str

    @classmethod
    def of(cls, scope: Construct) -> Self:
        """Return those of the stack that `scope` is in."""
        kinds = ("FastPath", "Guard", "NewLogFile")
        return cls(*(f"{Stack.of(scope).stack_name}-{kind}" for kind in kinds))


class Place(NamedTuple):
    """Where events go: a queue, or a bus with the role that puts on it."""

    arn: str
    role_arn: str | None = None


class Mail(NamedTuple):
    """A message that a rule sends to a topic for each event, beside the event itself."""

    topic_arn: str
    text: str
    """The words, with the names of the values that `reads` finds in braces."""
    reads: Mapping[str, str]
    """Where in the event each value is."""
    role_arn: str | None = None
    """The role that publishes to another account's topic; None where the topic lets EventBridge."""


class EventRule(events.CfnRule):
    """Sends matching events to a queue or a bus, and those that cannot be sent to `undelivered`.

    Its bus is the default one, where AWS's services put events, unless another is named.

    CDK's own `Rule` knows nothing of the state. The name is given: queue policies and the guard
    name rules by how they begin. CloudFormation would cut a generated name.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        pattern: Pattern,
        target_arn: str,
        undelivered: sqs.Queue | None = None,
        role_arn: str | None = None,
        bus_name: str | None = None,
        mails: Sequence[Mail] = (),
        second: Place | None = None,
    ) -> None:
        if len(name) > MAX_NAME:
            raise ValueError(f"{name} has more than {MAX_NAME} characters: shorten stack_name")
        super().__init__(
            scope,
            id_,
            name=name,
            description=description,
            event_bus_name=bus_name,
            event_pattern=dict[str, Any](pattern),
            state=WITH_READ_ONLY_EVENTS,
            targets=[
                _target("Target", undelivered, arn=target_arn, role_arn=role_arn),
                *(mailed(mail, undelivered, number) for number, mail in enumerate(mails, start=1)),
                *([_target("Second", undelivered, **second._asdict())] if second else []),
            ],
        )


def _target(
    id_: str, undelivered: sqs.Queue | None, **properties: Any
) -> events.CfnRule.TargetProperty:
    return events.CfnRule.TargetProperty(
        id=id_,
        dead_letter_config=_dead_letters(undelivered),
        retry_policy=events.CfnRule.RetryPolicyProperty(
            maximum_event_age_in_seconds=int(PATIENCE.to_seconds()),
            maximum_retry_attempts=ATTEMPTS,
        ),
        **properties,
    )


def mailed(
    mail: Mail, undelivered: sqs.Queue | None, number: int = 1
) -> events.CfnRule.TargetProperty:
    """Return the target that gets the words of a mail, which are one text of JSON.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    words = re.sub(r"\{(\w+)\}", r"<\1>", mail.text)
    return _target(
        f"Mail{number if number > 1 else ''}",
        undelivered,
        arn=mail.topic_arn,
        role_arn=mail.role_arn,
        input_transformer=events.CfnRule.InputTransformerProperty(
            input_paths_map=dict(mail.reads), input_template=json.dumps(words)
        ),
    )


def _dead_letters(queue: sqs.Queue | None) -> events.CfnRule.DeadLetterConfigProperty | None:
    return events.CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn) if queue else None
