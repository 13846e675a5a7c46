"""The stack of another Region: sends its events to the home Region, in one hop.

EventBridge hands CloudTrail's events out in the Region that they are from. Log files need none of
this: the trail brings those of every Region.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Environment, Stack
from constructs import Construct

from infra.closing import close_to_others
from infra.compliance import comply
from infra.config import Config
from infra.ingest.event_rule import EventRule
from infra.ingest.fast_path import FastPath
from infra.ingest.queues import DeadLetters, take_from_rules
from infra.ingest.roles import role_that_puts_on
from infra.regions import global_regions
from infra.topics import OperationsTopic
from infra.watch.elsewhere import changes_of_policy, elsewhere
from infra.watch.outpost import watch_outpost
from infra.watch.second_place import SecondPlace
from trailwarden.contract.settings import forwarding_topic_name
from trailwarden.detection.rule import Rule


def _from_iam(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": ["aws.iam"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": detail,
    }


CHANGES_OF_ROLES = _from_iam(
    {
        "eventSource": ["iam.amazonaws.com"],
        "readOnly": [False],
        "requestParameters": {"roleName": [{"exists": True}]},
    }
)
"""All changes of roles: at home the guard knows which are the pipeline's."""


class ForwardingStack(Stack):
    """The same patterns as at home; what cannot be sent on waits here, with an alarm."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        rules: Sequence[Rule],
        env: Environment | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description=f"Trailwarden: forwards CloudTrail events to {config.home_region}",
            env=env,
            stack_name=f"{config.stack_name}-Forwarding",
            termination_protection=config.termination_protection,
        )
        bus = self.format_arn(
            service="events",
            region=config.home_region,
            resource="event-bus",
            resource_name="default",
        )
        role_arn = role_that_puts_on(self, bus).role_arn
        names = f"{config.stack_name}-Forward"
        undelivered = DeadLetters(self, "Undelivered")
        take_from_rules(undelivered, names=names)
        FastPath(
            self,
            "FastPath",
            names=names,
            rules=rules,
            target_arn=bus,
            undelivered=undelivered,
            role_arn=role_arn,
        )
        if self.region in global_regions(config.partition):
            EventRule(
                self,
                "Roles",
                name=f"{names}Role",
                description="Forwards changes of roles, which IAM records here alone",
                pattern=CHANGES_OF_ROLES,
                target_arn=bus,
                undelivered=undelivered,
                role_arn=role_arn,
            )
            if config.permissions_boundary:
                EventRule(
                    self,
                    "Boundary",
                    name=f"{names}Boundary",
                    description="Forwards changes of the permissions boundary, which IAM records"
                    " here alone",
                    pattern=_from_iam(changes_of_policy(config.permissions_boundary)),
                    target_arn=bus,
                    undelivered=undelivered,
                    role_arn=role_arn,
                )
        operations = OperationsTopic(
            self,
            "Operations",
            emails=config.operators,
            topic_name=forwarding_topic_name(config.stack_name),
        )
        if self.region == config.second_region:
            SecondPlace(
                self,
                "SecondPlace",
                config=config,
                operations=operations,
                undelivered=undelivered,
            )
        comply(self, config)  # the keys are guarded too
        close_to_others(self, config)
        watch_outpost(
            self,
            names=names,
            operations=operations,
            target_arn=bus,
            undelivered=undelivered,
            version=config.version,
            role_arn=role_arn,
            more=[*elsewhere(self, config)],
        )
