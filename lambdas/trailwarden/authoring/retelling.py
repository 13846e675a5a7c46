"""Tells a rule's own stories again: by other callers, through services, refused, by strangers.

A rule declares whom it leaves alone, which outcomes it looks at, and by which key it groups. That
decides the outcome of each story, so no rule has to write these stories down.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import Count
from trailwarden.detection.example import Example
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.pattern import matches
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import DAY
from trailwarden.detection.worsened import Worsened
from trailwarden.environment import Environment

Identity = Mapping[str, Any]

STRANGERS_ACCOUNT = "999988887777"
SERVICES = ("cloudformation", "cloudcontrolapi", "ssm", "aws-mcp")
"""The services that a request is told through."""

_DEPLOY, _SECURITY = "retold-deploy", "retold-security"
_INSTANCE = "i-0123456789abcdef0"
_ONLY_DIRECT = frozenset({Caller.AWS, Caller.ANONYMOUS})


@dataclass(frozen=True)
class Retelling:
    """A story told in another way, in the environment that knows its callers."""

    example: Example
    environment: Environment


def by_callers(rule: Rule, example: Example, environment: Environment) -> Iterator[Retelling]:
    """Yield an alerting story by every kind of caller, directly and through services."""
    known = _knowing(environment)
    last = example.records[-1].get("userIdentity")
    if Event(example.records[-1]).caller is Caller.AWS:
        return  # a service's own event has no other caller
    for caller, make in CALLERS.items():
        for service in _ways(rule, caller):
            through = f" through {service}" if service else ""
            records = [
                _by(record, _same_or(caller, make, known), service)
                if record.get("userIdentity") == last
                else record
                for record in example.records
            ]
            name = f"{example.name}, by {caller}{through}"
            alerting = caller in rule.heeds
            if alerting and not matches(rule.where or {}, records[-1]):
                continue  # `where` declares that the rule is about other callers
            yield Retelling(Example(name, records, alerts=alerting), known)


def by_outcomes(rule: Rule, example: Example, environment: Environment) -> Iterator[Retelling]:
    """Yield an alerting story with each outcome that the rule does not look at, and refused."""
    for outcome, make in _OUTCOMES.items():
        if outcome in rule.outcome.kinds:
            continue
        name = f"{example.name}, {outcome}"
        records = [make(record) for record in example.records]
        yield Retelling(Example(name, records, alerts=False), environment)
    if most := rule.outcome.refused:
        records = [_OUTCOMES[Outcome.REFUSED](record) for record in example.records]
        told = Example(f"{example.name}, refused", records, alerts=True, severity=most)
        yield Retelling(told, environment)


def by_strangers(rule: Rule, example: Example, environment: Environment) -> Iterator[Retelling]:
    """Yield an alerting story that adds up, shared out among callers with nothing in common."""
    if rule.correlation is None or len(example.records) < 2:  # noqa: PLR2004 - nothing to share out
        return
    records = [
        _by_stranger(record, number) if number % 2 else record
        for number, record in enumerate(example.records)
    ]
    name = f"{example.name}, by two who have nothing in common"
    yield Retelling(Example(name, records, alerts=False), environment)


def by_time(rule: Rule, example: Example, environment: Environment) -> Iterator[Retelling]:
    """Yield an alerting story that adds up, spread over just its timespan, and over a bit more."""
    if rule.correlation is None or len(example.records) < 2:  # noqa: PLR2004 - nothing to spread
        return
    span = rule.correlation.timespan
    if isinstance(rule.correlation, FirstSeen):
        yield from _by_memory(rule.correlation, example, environment)
        yield from _by_account(rule.correlation, example, environment)
        return
    if isinstance(rule.correlation, Worsened):
        yield from _by_state(rule.correlation, example, environment)
        return
    if isinstance(rule.correlation, Count) and rule.correlation.in_a_day:
        yield from _by_patience(rule.correlation, example, environment)
    for name, length, alerting in (
        ("within its timespan", span, True),
        ("over more than its timespan", span + timedelta(seconds=len(example.records)), False),
    ):
        records = _spread(example.records, length)
        yield Retelling(Example(f"{example.name}, {name}", records, alerts=alerting), environment)


def _by_memory(
    correlation: FirstSeen, example: Example, environment: Environment
) -> Iterator[Retelling]:
    """Yield two stories in which the last event happened before, just in memory and just not."""
    usual, new = example.records[0], example.records[-1]
    span = correlation.timespan
    for name, between, again, alerting in (
        ("forgotten meanwhile", span / 2, span + DAY, True),
        ("still remembered", span * 2 / 3, span, False),
    ):
        times = (timedelta(), timedelta(), between, again)
        told = zip((usual, new, usual, new), times, strict=True)
        records = [_at(record, time) for record, time in told]
        yield Retelling(Example(f"{example.name}, {name}", records, alerts=alerting), environment)


def _by_state(
    correlation: Worsened, example: Example, environment: Environment
) -> Iterator[Retelling]:
    """Yield stories in which the state before is just still known, and just not."""
    first, last, span = example.records[0], example.records[-1], correlation.timespan
    for name, after, severity, alerting in (
        ("still known", span, example.severity, True),
        ("not known any more", span + DAY, Severity(correlation.unknown), True),
        ("not known any more, and of no weight", span + DAY, None, False),
    ):
        records = [_at(first, timedelta()), _at(last, after)]
        told = Example(f"{example.name}, {name}", records, alerts=alerting, severity=severity)
        yield Retelling(told, environment)


def _by_patience(
    correlation: Count, example: Example, environment: Environment
) -> Iterator[Retelling]:
    """Yield two stories of one event after the other all day long: just enough, and one less."""
    slow = DAY / correlation.in_a_day
    if len(example.records) < correlation.in_a_day:
        return
    for name, count, alerting in (
        ("all day long", correlation.in_a_day, True),
        ("a little less all day long", correlation.in_a_day - 1, False),
    ):
        records = [_at(r, slow * n) for n, r in enumerate(example.records[:count])]
        yield Retelling(Example(f"{example.name}, {name}", records, alerts=alerting), environment)


def _by_account(
    correlation: FirstSeen, example: Example, environment: Environment
) -> Iterator[Retelling]:
    """Yield stories in which the last event is the first that the rule sees in its account."""
    usual, new = example.records[0], _at(example.records[-1], correlation.learning)
    heard = samples.request("health:DescribeEvents")
    if account_id := new.get("recipientAccountId"):
        heard = {**heard, "recipientAccountId": account_id}
    name = f"{example.name}, the first of its account"
    first = Example(name, [heard, new], alerts=not correlation.own_past)
    yield Retelling(first, environment)
    yield from _after_another(correlation, example, environment)
    elsewhere = {**_at(new, timedelta()), "recipientAccountId": STRANGERS_ACCOUNT}
    groups = {correlation.group_by(Event(record, environment)) for record in (elsewhere, new)}
    if len(groups) > 1 and not correlation.own_past:
        records = [usual, heard, elsewhere, new]
        known = Example(f"{example.name}, known in another account", records, alerts=True)
        yield Retelling(known, environment)


def _after_another(
    correlation: FirstSeen, example: Example, environment: Environment
) -> Iterator[Retelling]:
    """Yield a story in which a principal of another group in the account did the same before."""
    usual, new = example.records[0], _at(example.records[-1], correlation.learning)
    account_id = str(new.get("recipientAccountId", samples.ACCOUNT))
    others = _by_stranger(_at(usual if correlation.own_past else new, timedelta()), 0, account_id)
    groups = {correlation.group_by(Event(record, environment)) for record in (others, new)}
    if len(groups) > 1:
        before = [others] if correlation.own_past else [usual, others]
        name = f"{example.name}, after another principal"
        told = Example(name, [*before, new], alerts=not correlation.own_past)
        yield Retelling(told, environment)


def _spread(records: Sequence[Record], length: timedelta) -> list[Record]:
    """Return records in their order, at equal distances over `length`."""
    ordered = sorted(records, key=lambda record: str(record.get("eventTime")))
    step = length / (len(ordered) - 1)
    return [_at(record, step * number) for number, record in enumerate(ordered)]


def _at(record: Record, after: timedelta) -> Record:
    """Return a record, some time after noon, as an event of its own."""
    time = samples.NOON + after
    origin = f"{record.get('eventID')}{time.isoformat()}"
    return {
        **record,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_OID, origin)),
    }


def _ways(rule: Rule, caller: Caller) -> tuple[str, ...]:
    if caller is Caller.SERVICE_ROLE:
        return () if rule.direct_only else ("cloudformation",)
    if caller in _ONLY_DIRECT or rule.direct_only:
        return ("",)
    return ("", *SERVICES)


def _knowing(environment: Environment) -> Environment:
    """Return the environment, with a deploy role and a role of the security team in it."""
    return replace(
        environment,
        deploy_roles=(*environment.deploy_roles, f"arn:aws:iam::*:role/{_DEPLOY}*"),
        security_roles=(*environment.security_roles, f"arn:aws:iam::*:role/{_SECURITY}*"),
    )


def _by(record: Record, make: Callable[[str, Record], Identity], service: str) -> Record:
    """Return a record with another identity; those of services and of nobody stay."""
    original = record.get("userIdentity")
    if not isinstance(original, dict) or original.get("type") in (None, "AWSService"):
        return record
    identity = dict(make(_name(original), record))
    if not service:
        return {**record, "userIdentity": identity}
    host = f"{service}.amazonaws.com"
    through = {"sourceIPAddress": host, "userAgent": host}
    return {**record, **through, "userIdentity": {**identity, "invokedBy": host}}


def _by_stranger(record: Record, number: int, account: str = STRANGERS_ACCOUNT) -> Record:
    identity = samples.assumed_role(f"stranger-{number}", account=account)
    return {
        **record,
        "userIdentity": identity,
        "recipientAccountId": account,
        "sourceIPAddress": f"192.0.2.{number % 250 + 1}",
    }


def _with_error(code: str) -> Callable[[Record], Record]:
    """Return what makes a request fail. Its parameters stay, as services keep some."""
    error = {"errorCode": code, "errorMessage": "It did not work.", "responseElements": None}
    return lambda record: {**record, **error}


def _succeeding(record: Record) -> Record:
    """Return a request that succeeds; a sign-in says so in the answer."""
    errors = ("errorCode", "errorMessage")
    answer = record.get("responseElements")
    signed_in = isinstance(answer, dict) and "ConsoleLogin" in answer
    rest = {key: value for key, value in record.items() if key not in errors}
    return {**rest, "responseElements": {"ConsoleLogin": "Success"}} if signed_in else rest


_OUTCOMES: Mapping[Outcome, Callable[[Record], Record]] = {
    Outcome.SUCCEEDED: _succeeding,
    Outcome.REFUSED: _with_error("AccessDenied"),
    Outcome.FAILED: _with_error("ServiceUnavailable"),
}


def _name(identity: Identity) -> str:
    """Return what the principal is called: the same stays the same, and others stay others."""
    if identity.get("type") == "AssumedRole":
        return str(identity.get("arn", "")).partition(":assumed-role/")[2].partition("/")[0]
    return str(identity.get("userName") or identity.get("principalId") or "somebody")


def _role(name: str, record: Record, session: str = "session", **context: Any) -> Identity:
    account = str(record.get("recipientAccountId") or samples.ACCOUNT)
    return samples.assumed_role(name, session, account=account, **context)


def _named_role(prefix: str) -> Callable[[str, Record], Identity]:
    """Return what makes a role of the environment; an identity provider of the session stays."""

    def made(name: str, record: Record) -> Identity:
        session = record["userIdentity"].get("sessionContext") or {}
        data = session.get("webIdFederationData") or {}
        return _role(f"{prefix}-{name}", record, webIdFederationData=data)

    return made


def _scoped(kind: str) -> Callable[[str, Record], Identity]:
    scope = {"issuerType": kind, "credentialsIssuedTo": "arn:aws:::retold"}
    return lambda name, record: {**_role(name, record), "inScopeOf": scope}


def _pod(name: str, record: Record) -> Identity:
    account = _role(name, record)["accountId"]
    host = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
    provider = f"arn:aws:iam::{account}:oidc-provider/{host}"
    return _role(name, record, webIdFederationData={"federatedProvider": provider})


def _same_or(
    caller: Caller, make: Callable[[str, Record], Identity], environment: Environment
) -> Callable[[str, Record], Identity]:
    """Return what keeps the identity of a caller of the kind, and makes another one else."""

    def made(name: str, record: Record) -> Identity:
        is_same = Event(record, environment).caller is caller
        original: Identity = record["userIdentity"]
        return original if is_same else make(name, record)

    return made


CALLERS: Mapping[Caller, Callable[[str, Record], Identity]] = {
    Caller.AWS: lambda _name, _record: samples.aws_service("retold"),
    Caller.SERVICE_ROLE: lambda name, record: {
        **_role(name, record),
        "principalId": "AROAIDPPEZS35WEXAMPLE:AWSCloudFormation",
    },
    Caller.PIPELINE: _named_role(_DEPLOY),
    Caller.SECURITY_TEAM: _named_role(_SECURITY),
    Caller.INSTANCE: lambda name, record: _role(name, record, _INSTANCE, ec2RoleDelivery="2.0"),
    Caller.FUNCTION: _scoped("AWS::Lambda::Function"),
    Caller.TASK: _scoped("AWS::ECS::Task"),
    Caller.POD: _pod,
    Caller.PERSON: lambda name, _record: samples.sso_user(f"{name}@example.com"),
    Caller.ROOT: lambda _name, _record: samples.root(),
    Caller.ACCESS_KEY: lambda name, _record: samples.iam_user(name),
    Caller.ROLE: _role,
    Caller.OUTSIDER: lambda name, _record: samples.assumed_role(name, account=STRANGERS_ACCOUNT),
    Caller.ANONYMOUS: lambda _name, _record: {
        "type": "AWSAccount",
        "principalId": "",
        "accountId": "anonymous",
    },
}
"""How each kind of caller looks, by the name of the principal whose place it takes."""
