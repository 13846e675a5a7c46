"""Tells work as CloudTrail records: sessions, and the calls that are made in them.

Calls are data. A text such as `{volume}` in a request stands for a thing: everywhere in one story
for the same one.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.samples import ACCOUNT, MINUTES_OF_A_DAY, NOON, Fields, record
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.world import Account

Draw: TypeAlias = random.Random
"""What chance gives; the same for the same seed."""

SDK = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1.141-155.222.amzn2023 lang/python#3.13.0"
GO_SDK = "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.4 md/GOOS#linux md/GOARCH#arm64"
CLI = "aws-cli/2.27.0 md/awscrt#0.26.1 ua/2.1 os/macos#24.5.0 md/arch#arm64 lang/python#3.13.3"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 terraform-provider-aws/6.2.0 aws-sdk-go-v2/1.36"
CDK = "aws-sdk-js/3.830.0 ua/2.1 os/linux#6.8.0 lang/js md/nodejs#22.16.0 cdk-toolkit/2.1020.0"
BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/137.0.0.0"

OF_ONE_REGION = frozenset(
    ("iam", "organizations", "route53", "cloudfront", "ce", "budgets", "support", "health")
)
"""Services that record in us-east-1, wherever the caller is."""

_NAME = re.compile(r"\{([a-z_]+[0-9]*)\}")
"""The name of a thing. No part of a policy document looks like one."""

_START = -MINUTES_OF_A_DAY / 2
"""The first midnight, in minutes from where the builders count."""


class Call(NamedTuple):
    """A request, and what the service answers."""

    action: str
    parameters: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    fields: Mapping[str, Any] | None = None


def call(
    action: str, /, *, answer: Fields | None = None, fields: Fields | None = None, **parameters: Any
) -> Call:
    """Build a call, with its request's parameters as CloudTrail records them."""
    return Call(action, parameters or None, answer, fields)


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody at work: who, in which account, from where, with which tool."""

    identity: Fields
    account: Account
    address: str
    user_agent: str
    region: str = ""
    via: str = ""
    """The service that asks on their behalf."""
    from_console: bool = False

    def through(self, service: str) -> "Session":
        """Return the session as a service uses it, such as `cloudformation`."""
        return replace(self, via=f"{service}.amazonaws.com")


class Things(dict[str, str]):
    """The things of a story by name, made up when they are first named."""

    def __init__(self, draw: Draw, account: Account, **known: str) -> None:
        super().__init__(account=account.id, region=account.region, **known)
        self._draw = draw

    def __missing__(self, name: str) -> str:
        prefix, length = MADE_UP.get(name.rstrip("0123456789"), (f"{name}-", 8))
        self[name] = f"{prefix}{self._draw.getrandbits(4 * length):0{length}x}"
        return self[name]


MADE_UP = {
    "instance": ("i-0", 16),
    "volume": ("vol-0", 16),
    "snapshot": ("snap-0", 16),
    "group": ("sg-0", 16),
    "subnet": ("subnet-0", 16),
    "vpc": ("vpc-0", 16),
    "interface": ("eni-0", 16),
    "template": ("lt-0", 16),
    "image": ("ami-0", 16),
    "number": ("", 6),
    "hex": ("", 32),
    "task": ("", 32),
}


@dataclass(frozen=True)
class Day:
    """One day of the month."""

    number: int
    """From 0 on; the first is a Monday."""
    seed: int
    density: float = 1.0
    """Which share of the repeated requests is told."""

    @property
    def is_workday(self) -> bool:
        """Whether people are expected at work."""
        return self.number % 7 < 5  # noqa: PLR2004 - days of a working week

    def draw(self, name: str) -> Draw:
        """Return the chance of one behaviour on this day, apart from the others."""
        return random.Random(f"{self.seed}/{self.number}/{name}")  # noqa: S311 - for a story

    def at(self, hour: float) -> float:
        """Return the minute of the month at an hour of this day."""
        return self.number * MINUTES_OF_A_DAY + hour * 60

    def times(self, draw: Draw, daily: float, *, first: float = 0, last: float = 24) -> list[float]:
        """Return the minutes of what happens so often in a day, at any time between two hours."""
        number = daily * self.density
        whole = int(number) + (draw.random() < number % 1)
        return sorted(self.at(draw.uniform(first, last)) for _ in range(whole))


def tell(
    session: Session,
    calls: Iterable[Call],
    draw: Draw,
    minute: float,
    *,
    pace: float = 2,
    things: Things | None = None,
) -> Iterator[Record]:
    """Yield the records of calls from a minute on, some `pace` seconds apart."""
    named = Things(draw, session.account) if things is None else things
    for one in calls:
        yield told(session, one, draw, minute, named)
        minute += draw.expovariate(1 / pace) / 60


def told(session: Session, one: Call, draw: Draw, minute: float, things: Things) -> Record:
    """Return the record of a call."""
    service = one.action.partition(":")[0]
    region = session.region or session.account.region
    fields: Fields = {
        "awsRegion": "us-east-1" if service in OF_ONE_REGION else region,
        "sourceIPAddress": session.via or session.address,
        "userAgent": session.via or session.user_agent,
        "requestParameters": _filled(one.parameters, things),
        "responseElements": _filled(one.answer, things),
        "recipientAccountId": session.account.id,
        "requestID": _identifier(draw),
        "eventID": _identifier(draw),
    }
    if not session.via and not session.address.endswith(".amazonaws.com"):
        fields["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{service}.{region}.amazonaws.com",
        }
    if session.from_console:
        fields["sessionCredentialFromConsole"] = "true"
    identity = session.identity
    if session.via and identity.get("type") != "AWSService":
        identity = identity | {"invokedBy": session.via}
    fields |= _filled(one.fields, things) or {}
    return record(one.action, identity, minute=round(_START + minute, 2), **fields)


def moved(identity: Fields, account: Account, minute: float = 0) -> Fields:
    """Return an identity of the builders' account as one of `account`, signed in at `minute`."""
    told_there: Fields = json.loads(_moved(json.dumps(identity), account.id))
    context = told_there.get("sessionContext")
    if context:
        began = NOON + timedelta(minutes=round(_START + minute, 2))
        context["attributes"]["creationDate"] = began.strftime("%Y-%m-%dT%H:%M:%SZ")
        key = random.Random(f"{told_there['arn']} {began}").getrandbits(64)  # noqa: S311
        told_there["accessKeyId"] = f"ASIA{key:016X}"
    return told_there


@cache
def _moved(identity: str, account_id: str) -> str:
    said = json.loads(identity)
    text = identity.replace(ACCOUNT, account_id)
    if principal := said.get("principalId", "").partition(":")[0]:
        whose = (said.get("sessionContext", {}).get("sessionIssuer") or said).get("arn", "")
        number = random.Random(f"{whose} {account_id}").getrandbits(60)  # noqa: S311
        text = text.replace(principal, f"{principal[:4]}{number:017X}")
        key = f"AKIA{number % (1 << 60):016X}"
        text = text.replace(f'"{said.get("accessKeyId")}"', f'"{key}"')
    return text


def linked_role(name: str, service: str, account: Account, minute: float) -> Session:
    """Return a service at work in the role that is made for it alone."""
    identity = moved(samples.service_linked_role(name, service), account, minute)
    address = f"{service}.amazonaws.com"
    identity["invokedBy"] = address
    return Session(identity=identity, account=account, address=address, user_agent=address)


def by_aws(service: str, account: Account) -> Session:
    """Return a service that acts for itself."""
    address = f"{service}.amazonaws.com"
    return Session(
        identity=samples.aws_service(service), account=account, address=address, user_agent=address
    )


def service_event(action: str, **details: Any) -> Call:
    """Return what a service records of its own doing, with no request."""
    fields = {
        "eventType": "AwsServiceEvent",
        "requestParameters": None,
        "serviceEventDetails": details,
    }
    return Call(action, fields=fields)


def _filled(value: Any, things: Things) -> Any:
    if isinstance(value, str):
        return _NAME.sub(lambda name: things[name[1]], value) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: _filled(item, things) for key, item in value.items()}
    return [_filled(item, things) for item in value] if isinstance(value, list) else value


def _identifier(draw: Draw) -> str:
    text = f"{draw.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
