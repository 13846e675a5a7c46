"""Which stacks there are, and in which account and Region each belongs."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aws_cdk import Annotations, App, Environment

from infra.config import Config
from infra.ingest.forwarding import ForwardingStack
from infra.ingest.log_archive import LogArchiveStack
from infra.ingest.members import MemberStack
from infra.stack import TrailwardenStack
from trailwarden import catalog


def add_stacks(app: App, config: Config, doubts: Iterable[str] = ()) -> None:
    """Add the stack of the home Region, and those of other Regions and accounts.

    `doubts` about the tuning are warnings, together with those of the catalog. Raises TuningError.
    """
    doubts = [*doubts]
    pack = catalog.load(today=datetime.now(UTC).date(), warn=doubts.append)
    rules = pack.rules
    name = config.stack_name

    def at(account: str, region: str) -> Environment:
        return Environment(account=account or None, region=region)

    home = at(config.home_account, config.home_region)
    stack = TrailwardenStack(app, name, config=config, rules=rules, env=home)
    for doubt in doubts:
        Annotations.of(stack).add_warning(doubt)
    for note in pack.notes:
        Annotations.of(stack).add_info(note)
    for region in config.forward_regions:
        env = at(config.home_account, region)
        ForwardingStack(app, f"{name}-Forwarding-{region}", config=config, rules=rules, env=env)
    if config.log_archive_region:
        env = at(config.adopted_bucket_owner, config.log_archive_region)
        LogArchiveStack(app, f"{name}-LogArchive", config=config, env=env)
    if config.has_management_elsewhere:
        for region in config.heard_regions:
            env = at(config.management_account, region)
            MemberStack(app, f"{name}-Management-{region}", config=config, rules=rules, env=env)
