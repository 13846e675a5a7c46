"""What one environment is made of: its accounts, networks, roles and buckets.

`local_rules/tuning.toml` says it once, in `[environment]`; rules and their helpers read it from
`event.environment`, so that no rule holds a list of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from ipaddress import ip_address, ip_network
from typing import TypeAlias

Networks: TypeAlias = Mapping[tuple[int, int], set[int]]
"""The numbers of networks, by IP version and number of host bits."""

_REMEMBERED = 1 << 14
"""Of how many addresses and names answers are remembered: the same ones come again and again."""


class AccountClass(StrEnum):
    """What an account is for, which says how much what people do in it by hand is worth."""

    PRODUCTION = "production"
    STAGING = "staging"
    """As in production, but for what wakes nobody there, such as silenced alarms."""
    DEVELOPMENT = "development"
    """People try things out: what a pipeline may do as well is recorded, and nobody is told."""
    SANDBOX = "sandbox"
    """As in development, and also what sessions of roles do there."""

    __hash__ = str.__hash__  # the one of Enum is Python code, and classes are asked for often


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The places and principals that this environment knows. Empty says nothing is known."""

    own_accounts: tuple[str, ...] = ()
    """Account ids of the organization, besides the one that a record is from."""

    trusted_accounts: tuple[str, ...] = ()
    """Account ids of vendors that may be given access."""

    organization_id: str = ""
    """The organization's id, such as `o-a1b2c3d4e5`."""

    canonical_user_ids: tuple[str, ...] = ()
    """Canonical user ids of accounts, and of CloudFront's identities, that S3's policies name."""

    trusted_token_subjects: tuple[str, ...] = ()
    """Subjects, audiences or issuers of identity providers' tokens that roles may trust, as globs.

    `repo:acme/*` is every repository of an organization of GitHub.
    """

    own_networks: tuple[str, ...] = ()
    """Ids of VPCs and VPC endpoints of the environment, as conditions of policies name them."""

    egress_ranges: tuple[str, ...] = ()
    """CIDR blocks that the environment's own traffic comes from."""

    hostile_ranges: tuple[str, ...] = ()
    """CIDR blocks that a feed lists: Tor's exits, known attackers."""

    used_regions: tuple[str, ...] = ()
    """Regions in which workloads are expected."""

    log_buckets: tuple[str, ...] = ()
    """Names of the buckets that hold logs, as globs."""

    pipeline_resources: tuple[str, ...] = ()
    """Names or ARNs of the detection pipeline's own resources, as globs."""

    deploy_roles: tuple[str, ...] = ()
    """ARNs of the roles that deploy infrastructure, as globs."""

    deploy_role_origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where sessions of deploy roles come from, by globs of the roles' ARNs.

    Each origin is a CIDR block, or the ARN of an identity provider. A session of such a role that
    comes from elsewhere is not a pipeline's.
    """

    break_glass_roles: tuple[str, ...] = ()
    """ARNs of the roles for emergencies, as globs."""

    security_roles: tuple[str, ...] = ()
    """ARNs of the security team's and its scanners' roles, as globs."""

    known_tools: tuple[str, ...] = ()
    """Tools that are in use here, as `cloudtrail/user_agent.py` names them: `rclone`."""

    account_names: Mapping[str, str] = field(default_factory=dict)
    """Names of accounts by their ids, for people. No rule decides by one."""

    account_classes: Mapping[str, AccountClass] = field(default_factory=dict)
    """What accounts are for, by their ids. An account that is not here is production."""

    def knows_account(self, account_id: str) -> bool:
        """Say whether the account is the organization's, or a vendor's that is trusted."""
        return account_id in self._own_accounts or account_id in self.trusted_accounts

    def owns_account(self, account_id: str) -> bool:
        """Say whether the account is the organization's."""
        return account_id in self._own_accounts

    def class_of(self, account_id: str) -> AccountClass:
        """Return what the account is for; production where nothing is said."""
        return self.account_classes.get(account_id, AccountClass.PRODUCTION)

    def is_deploy_role(self, arn: str, provider: str = "", address: str = "") -> bool:
        """Say whether infrastructure is deployed as `arn`, by a session that comes from there.

        `provider` is the identity provider that opened the session, and `address` the origin of the
        request. An unknown address, as of a request through a service, is not checked.
        """
        if not matches(arn, self.deploy_roles):
            return False
        origins = [o for glob, o in self.deploy_role_origins.items() if fnmatchcase(arn, glob)]
        return all(_comes_from(origin, provider, address) for origin in origins)

    def is_break_glass_role(self, arn: str) -> bool:
        """Say whether `arn` is kept for emergencies."""
        return matches(arn, self.break_glass_roles)

    def is_security_role(self, arn: str) -> bool:
        """Say whether the security team or one of its scanners acts as `arn`."""
        return matches(arn, self.security_roles)

    def keeps(self, arn: str) -> bool:
        """Say whether no response to an incident may touch the principal of an ARN.

        A record may lack the path of a role. An account has one role of a name, at any path.
        """
        kept = (*self.break_glass_roles, *self.deploy_roles, *self.security_roles)
        named = [_without_path(glob) for glob in kept if glob.rpartition("/")[2][:1] not in "*?["]
        is_kept = matches(arn, kept) or matches(_without_path(arn), named)
        return is_kept or self.is_pipeline_resource(arn.rpartition("/")[2])

    def is_log_bucket(self, name: str) -> bool:
        """Say whether the bucket holds logs."""
        return matches(name, self.log_buckets)

    def is_pipeline_resource(self, name: str) -> bool:
        """Say whether the resource, by name or ARN in any case, is the detection pipeline's."""
        return matches(name.lower(), self._pipeline_globs)

    def is_egress(self, address: str) -> bool:
        """Say whether the environment's own traffic comes from `address`."""
        return self._is_of_egress(address)

    def is_hostile(self, address: str) -> bool:
        """Say whether a feed lists `address`."""
        return self._is_listed(address)

    @cached_property
    def _own_accounts(self) -> frozenset[str]:
        return frozenset(self.own_accounts)

    @cached_property
    def _pipeline_globs(self) -> tuple[str, ...]:
        return tuple(glob.lower() for glob in self.pipeline_resources)

    @cached_property
    def _is_of_egress(self) -> Callable[[str], bool]:
        return _remembered(self.egress_ranges)

    @cached_property
    def _is_listed(self) -> Callable[[str], bool]:
        return _remembered(self.hostile_ranges)


def _without_path(arn: str) -> str:
    """Return the ARN, or glob, of a role without the role's path."""
    head, found, name = arn.partition(":role/")
    return f"{head}{found}{name.rpartition('/')[2]}"


def _comes_from(origins: Iterable[str], provider: str, address: str) -> bool:
    blocks = tuple(origin for origin in origins if not origin.startswith("arn:"))
    if provider in origins or (blocks and not address):
        return True
    return _is_in(address, _networks(blocks))


@lru_cache(256)
def _networks(blocks: tuple[str, ...]) -> Networks:
    found: dict[tuple[int, int], set[int]] = {}
    for block in blocks:
        network = ip_network(block, strict=False)
        host_bits = network.max_prefixlen - network.prefixlen
        numbers = found.setdefault((network.version, host_bits), set())
        numbers.add(int(network.network_address) >> host_bits)
    return found


def _remembered(blocks: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a test of addresses, whether a network holds them, which remembers its answers."""
    networks = _networks(blocks)
    return lru_cache(_REMEMBERED)(lambda address: _is_in(address, networks))


def _is_in(address: str, networks: Networks) -> bool:
    """Say whether a network holds `address`; a list of thousands takes no longer than a few."""
    number, version = _number_of(address) if networks else (0, 0)
    return any(
        number >> host_bits in numbers
        for (of_version, host_bits), numbers in networks.items()
        if of_version == version
    )


@lru_cache(_REMEMBERED)
def _number_of(address: str) -> tuple[int, int]:
    """Return the number and the IP version of an address; version 0 for anything else."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return 0, 0
    return int(parsed), parsed.version


def matches(text: str, globs: Iterable[str]) -> bool:
    """Say whether `text` matches any of the globs; case counts."""
    return _matches(text, tuple(globs))


@lru_cache(_REMEMBERED)
def _matches(text: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)
