"""Who and what the company is: its accounts, its people, its networks and its vendors."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import cycle, islice

OFFICES = ("203.0.113.10", "203.0.113.11")
VPN = ("198.51.100.40",)
"""Where the network tunnel of laptops comes out."""
JENKINS = "203.0.113.80"
"""The build server in the cellar."""


class Kind(StrEnum):
    """What an account is for."""

    INFRASTRUCTURE = "infrastructure"
    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"
    SANDBOX = "sandbox"


class Platform(StrEnum):
    """What a team runs its software on."""

    KUBERNETES = "kubernetes"
    CONTAINERS = "containers"
    INSTANCES = "instances"
    SERVERLESS = "serverless"
    DATA = "data"
    NONE = "none"


class Tool(StrEnum):
    """What a team deploys with."""

    TERRAFORM = "terraform"
    CDK = "cdk"
    KEYS = "keys"
    """An old build server that has an IAM user's key."""


class Team(StrEnum):
    """The teams, by what they build."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    WEB = "web"
    SEARCH = "search"
    ANALYTICS = "analytics"
    STOCK = "stock"
    SHIPPING = "shipping"
    PRICING = "pricing"
    RETURNS = "returns"
    LOYALTY = "loyalty"
    PARTNERS = "partners"
    MOBILE = "mobile"
    FRAUD = "fraud"
    REPORTS = "reports"
    PLATFORM = "platform"


HOW_TEAMS_WORK = {
    Team.ORDERS: (Platform.KUBERNETES, Tool.TERRAFORM, "eu-central-1"),
    Team.PAYMENTS: (Platform.SERVERLESS, Tool.CDK, "eu-central-1"),
    Team.WEB: (Platform.CONTAINERS, Tool.TERRAFORM, "eu-west-1"),
    Team.SEARCH: (Platform.INSTANCES, Tool.KEYS, "eu-central-1"),
    Team.ANALYTICS: (Platform.DATA, Tool.TERRAFORM, "eu-central-1"),
    Team.STOCK: (Platform.KUBERNETES, Tool.TERRAFORM, "eu-west-1"),
    Team.SHIPPING: (Platform.SERVERLESS, Tool.CDK, "eu-west-1"),
    Team.PRICING: (Platform.CONTAINERS, Tool.CDK, "eu-central-1"),
    Team.RETURNS: (Platform.INSTANCES, Tool.TERRAFORM, "eu-west-1"),
    Team.LOYALTY: (Platform.SERVERLESS, Tool.CDK, "us-east-1"),
    Team.PARTNERS: (Platform.KUBERNETES, Tool.CDK, "eu-central-1"),
    Team.MOBILE: (Platform.CONTAINERS, Tool.TERRAFORM, "us-east-1"),
    Team.FRAUD: (Platform.DATA, Tool.TERRAFORM, "eu-west-1"),
    Team.REPORTS: (Platform.INSTANCES, Tool.KEYS, "eu-west-1"),
}
SHARED = ("management", "audit", "log-archive", "network", "identity", "backup", "tools")


@dataclass(frozen=True)
class Account:
    """One account of the organization."""

    id: str
    name: str
    kind: Kind
    team: Team
    platform: Platform
    tool: Tool
    region: str

    @cached_property
    def nat_addresses(self) -> Sequence[str]:
        """The three addresses that the account's private subnets come out of, one in each zone."""
        draw = random.Random(f"nat {self.id}")  # noqa: S311 - chance for a story
        return [f"{block}.{draw.randrange(256)}.{draw.randrange(1, 255)}" for block in NAT_BLOCKS]

    def way_out(self, thing: str) -> str:
        """Return the address that a machine or a pod comes out of: its zone's, every time.

        The route table of each private subnet leads to the gateway of its own zone.
        """
        return random.Random(f"zone of {thing}").choice(self.nat_addresses)  # noqa: S311 - a story

    def role(self, name: str, path: str = "/") -> str:
        """Return the ARN of a role of the account."""
        return f"arn:aws:iam::{self.id}:role{path}{name}"


NAT_BLOCKS = ("3.120", "18.194", "52.58")


class Job(StrEnum):
    """What somebody does for a living."""

    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"
    ANALYST = "analyst"
    FINANCE = "finance"


@dataclass(frozen=True)
class Person:
    """A person who works here."""

    name: str
    job: Job
    team: Team
    starts_at: int
    """The hour, in UTC, at which their day begins."""
    home: str
    """The address of their line at home."""
    joins: int = 0
    """The day of the month on which they begin; 0 for those who are there already."""

    @property
    def mail(self) -> str:
        """Their name in Identity Center."""
        return f"{self.name}@example.com"


FIRST_NAMES = (
    *("ana", "ben", "chi", "dev", "eva", "finn", "gita", "hugo", "ida", "jan", "kim", "lea"),
    *("max", "nia", "omar", "pia", "quinn", "rosa", "sam", "tom", "uma", "vera", "will", "xia"),
    *("yara", "zoe", "abel", "bea", "carl", "dora", "emil", "faye", "gus", "hana", "ivo", "jade"),
    *("kai", "lou", "mia", "noah", "olga", "paul", "rita", "sven", "tara", "udo", "vic", "wen"),
)


@dataclass(frozen=True)
class Vendor:
    """A company that reads in the accounts, from an account of its own."""

    name: str
    account_id: str
    role: str
    addresses: Sequence[str]
    user_agent: str
    hours: Sequence[int] = (2,)
    """When it comes, each day."""
    joins: int = 0


VENDORS = (
    Vendor(
        "a monitoring service",
        "464622532012",
        "DatadogIntegrationRole",
        ("34.194.200.17", "34.194.200.99", "3.233.144.8"),
        "Datadog/aws-crawler Boto3/1.40.2",
        hours=(0, 6, 12, 18),
    ),
    Vendor(
        "a posture scanner",
        "197171649850",
        "WizAccess",
        ("52.51.10.3", "52.51.10.4"),
        "WizSec/1.0 aws-sdk-go-v2/1.36.0",
    ),
    Vendor(
        "a cost optimizer",
        "630399649041",
        "VantageCosts",
        ("44.212.7.8",),
        "aws-sdk-ruby3/3.220.0",
        joins=12,
    ),
)


AUDITOR = Vendor(
    "an auditor",
    "735991240066",
    "ExternalAuditor",
    ("185.220.17.4", "185.220.17.5"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/137.0.0.0",
    joins=15,
)


@dataclass(frozen=True)
class Company:
    """Everybody and everything."""

    accounts: Sequence[Account]
    people: Sequence[Person]
    vendors: Sequence[Vendor] = VENDORS

    def named(self, name: str) -> Account:
        """Return the account of that name; the management account where there is none."""
        return next((a for a in self.accounts if a.name == name), self.accounts[0])

    @property
    def management(self) -> Account:
        """The account that the organization belongs to."""
        return self.accounts[0]

    def of_kind(self, *kinds: Kind) -> list[Account]:
        """Return the accounts of any of these kinds."""
        return [account for account in self.accounts if account.kind in kinds]

    def of_team(self, team: Team) -> list[Account]:
        """Return the accounts of a team."""
        return [account for account in self.accounts if account.team is team]

    def with_job(self, job: Job) -> list[Person]:
        """Return those who do the job."""
        return [person for person in self.people if person.job is job]

    @property
    def egress_ranges(self) -> list[str]:
        """The networks that the company's own traffic comes from."""
        addresses = [*OFFICES, *VPN, JENKINS]
        addresses += [address for account in self.accounts for address in account.nat_addresses]
        return [f"{address}/32" for address in addresses]

    @property
    def tuning(self) -> str:
        """The tuning file of a company that says what deploys, what scans and where it is."""
        return self._tuning()

    def _tuning(self, more: str = "") -> str:
        ranges = "".join(f'    "{block}",\n' for block in self.egress_ranges)
        return f"""\
# What the environment of the made-up month is made of.

[environment]
deploy_roles = [{", ".join(f'"{glob}"' for glob in DEPLOY_ROLES)}]
security_roles = [{", ".join(f'"{glob}"' for glob in SECURITY_ROLES)}]
egress_ranges = [
{ranges}]
{more}"""

    @property
    def full_tuning(self) -> str:
        """The tuning file of a company that also names accounts, Regions and vendors."""
        accounts = "".join(
            f'{a.id} = {{ name = "{a.name}", class = "{CLASSES[a.kind]}" }}\n'
            for a in self.accounts
        )
        vendors = "".join(
            f'{v.account_id} = {{ name = "{v.name}", roles = ["arn:aws:iam::*:role/{v.role}"] }}\n'
            for v in (*self.vendors, AUDITOR)
        )
        used = sorted({account.region for account in self.accounts})
        regions = f"used_regions = {json.dumps(used)}\n"
        return f"{self._tuning(regions)}\n[accounts]\n{accounts}\n[vendors]\n{vendors}"


CLASSES = {kind: kind.value for kind in Kind} | {Kind.INFRASTRUCTURE: "production"}

DEPLOY_ROLES = (
    "arn:aws:iam::*:role/github-deploy",
    "arn:aws:iam::*:role/cdk-hnb659fds-*",
    "arn:aws:iam::*:role/AWSControlTowerExecution",
    "arn:aws:iam::*:role/stacksets-exec-*",
    "arn:aws:iam::*:user/jenkins",
)
SECURITY_ROLES = (
    "arn:aws:iam::*:role/prowler-scan",
    "arn:aws:iam::*:role/WizAccess",
    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_SecurityAudit_*",
)


def company(accounts: int = 50) -> Company:
    """Return the company with so many accounts, and a person for each and a few more."""
    shared = SHARED[: max(2, accounts * len(SHARED) // 50)]
    made = [_account(name, Kind.INFRASTRUCTURE, Team.PLATFORM) for name in shared]
    stages = (Kind.PRODUCTION, Kind.DEVELOPMENT, Kind.STAGING)
    pairs = [(team, stage) for team in HOW_TEAMS_WORK for stage in stages]
    made += [_account(f"{team}-{stage}", stage, team) for team, stage in pairs]
    chosen = [*made[: accounts - 1], _account("sandbox", Kind.SANDBOX, Team.PLATFORM)]
    numbered = [_numbered(account, number) for number, account in enumerate(chosen)]
    return Company(numbered, list(_people(numbered)))


def _account(name: str, kind: Kind, team: Team) -> Account:
    how = (Platform.NONE, Tool.TERRAFORM, "eu-central-1")
    platform, tool, region = HOW_TEAMS_WORK.get(team, how)
    return Account("", name, kind, team, platform, tool, region)


def _numbered(account: Account, number: int) -> Account:
    id_ = f"{301_000_000_017 + number * 10_203_041}"
    return replace(account, id=id_)


def _people(accounts: Sequence[Account]) -> Sequence[Person]:
    teams = list(dict.fromkeys(a.team for a in accounts if a.team is not Team.PLATFORM))
    specialists = [
        *((Job.ADMINISTRATOR, Team.PLATFORM),) * max(1, len(accounts) // 15),
        *((Job.SECURITY, Team.PLATFORM),) * max(1, len(accounts) // 20),
        (Job.FINANCE, Team.PLATFORM),
        *((Job.ANALYST, team) for team in teams if team in (Team.ANALYTICS, Team.FRAUD)),
    ]
    seats = [
        *specialists,
        *((Job.ENGINEER, t) for t in islice(cycle(teams), len(accounts) * 3 // 5)),
    ]
    draw = random.Random("people")  # noqa: S311 - chance for a story
    newest = len(seats) - max(1, len(seats) // 15)
    return [
        Person(
            name,
            job,
            team,
            starts_at=draw.choice((6, 7, 7, 8, 8, 13)),
            home=f"{draw.choice(HOME_BLOCKS)}.{draw.randrange(256)}.{draw.randrange(1, 255)}",
            joins=(8 + 7 * (number % 2)) if number >= newest else 0,
        )
        for number, ((job, team), name) in enumerate(zip(seats, FIRST_NAMES, strict=False))
    ]


HOME_BLOCKS = ("84.119", "91.64", "217.86", "93.203", "77.180", "109.90", "79.201", "46.5", "24.16")
ROAD_BLOCKS = ("82.113", "80.187", "176.0", "185.17", "62.214", "151.38", "37.201")
"""Phones, trains, hotels."""
