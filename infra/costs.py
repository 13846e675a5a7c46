"""Says at synth, and so before every deployment, what costly choices cost."""

from aws_cdk import Annotations, Stack

from infra.config import Config
from trailwarden.cost.notices import notices


def announce_costs(stack: Stack, config: Config) -> None:
    """Have CDK print a line for each choice that costs much."""
    own_trail = not config.adopted_bucket
    for notice in notices(
        own_trail=own_trail,
        insights=own_trail and config.insights,
        data_events=config.data_events,
    ):
        Annotations.of(stack).add_info(notice)
