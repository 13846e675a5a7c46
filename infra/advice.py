"""Tells at synth what choices cost, and which events they hear late."""

from collections.abc import Iterable, Iterator

from aws_cdk import Annotations
from constructs import IConstruct

from infra.config import Config
from infra.regions import SIGN_IN_REGIONS
from infra.watch.elsewhere import unheard_secrets
from trailwarden.catalog.pipeline import PIPELINE_RULES
from trailwarden.cost.notices import notices
from trailwarden.detection.rule import Rule
from trailwarden.notify.routes import idle_globs, idle_routes


def advise(scope: IConstruct, config: Config, rules: Iterable[Rule]) -> None:
    """Print the advice beside the stack's name."""
    for advice in (*advice_on(config), *advice_on_routes(config, rules)):
        Annotations.of(scope).add_info(advice)


def advice_on_routes(config: Config, rules: Iterable[Rule]) -> Iterator[str]:
    """Yield sentences on routes by which no alert goes."""
    every = [*rules, *PIPELINE_RULES]
    for glob in idle_globs(config.routes, {rule.id for rule in every}):
        yield f"routes: no rule has an id like {glob}, so no alert goes that way."
    for number in idle_routes(config.routes, every):
        yield f"routes: no rule meets the conditions of route {number}: it sends nothing."


def advice_on(config: Config) -> Iterator[str]:
    """Yield sentences on what the choices cost, and on what they do not hear."""
    own_trail = not config.adopted_bucket
    yield from notices(
        own_trail=own_trail,
        insights=own_trail and config.insights,
        data_events=config.data_events,
    )
    for choice, regions in _heard(config).items():
        deaf = [r for r in SIGN_IN_REGIONS.get(config.partition, ()) if r not in regions]
        if deaf:
            yield (
                f"Sign-ins of IAM users may be recorded in {', '.join(deaf)}, which {choice} leaves"
                " out: alerts on them wait for the log files, some minutes longer."
            )
    if not (config.forward_regions or config.second_topic_arn):
        yield (
            "There is no second place to tell of what silences the operations topic: set"
            " forward_regions or second_topic_arn."
        )
    if config.deploy_role_arns:
        yield (
            "deploy_role_arns closes buckets, keys, queues, table, topics and secrets to everybody"
            " else. A deployment as any other role fails. If the roles are lost, only the account's"
            " root user can change them."
        )
    for name in unheard_secrets(config):
        yield (
            f"The secret of {name} is in an account or Region whose events come to no stack: people"
            " do not hear when somebody changes it."
        )
    if config.organization_id and not config.member_organizational_units:
        yield (
            "Events of member accounts wait for the log files: set member_organizational_units to"
            " hear of them within seconds."
        )


def _heard(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the Regions that are heard within seconds, by the choice that says so."""
    heard = {"forward_regions": (config.home_region, *config.forward_regions)}
    if config.member_organizational_units:
        heard["member_regions"] = config.heard_regions
    return heard
