"""Which requests can name a resource of a template, by botocore's models of the services."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from infra.watch.guarded import Guarded, guarded
from tests.infra.naming import KEY_ID, Deployment
from tests.infra.templates import statements
from trailwarden.aws.api_models import operations, paths
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import Test, leaf_test, leaves, lookup

READS = re.compile(r"(BatchDescribe|BatchGet|Describe|Filter|Get|Head|List|Lookup|Search|Test)")
"""How the names of operations begin that only read."""

OTHERS = Path(__file__).with_name("elsewhere.toml")
RECORDED = {"bucketName": "bucket"}
"""Parameters that CloudTrail records under another name than the model has."""

_Test: TypeAlias = tuple[str, Test]

PERSON = iam_user("mallory")
ROLE = assumed_role("Admin")
CALLERS = {
    "a person": (PERSON, ""),
    "a role": (ROLE, ""),
    "Cloud Control": (ROLE, "cloudcontrolapi.amazonaws.com"),
    "CloudFormation": (ROLE, "cloudformation.amazonaws.com"),
}


class Pair(NamedTuple):
    """A resource, and an operation that can name it."""

    kind: Guarded
    logical_id: str
    operation: str
    fields: tuple[str, ...]
    """The parameters by which the operation names it."""

    @property
    def action(self) -> str:
        """The operation with its service."""
        return f"{self.kind.service}:{self.operation}"

    @property
    def reason(self) -> str:
        """Why nothing tells of the operation; nothing where the guard does."""
        return self.kind.quiet.get(self.operation, "") or answer("data", self)


@cache
def naming(kind: Guarded) -> Mapping[str, tuple[str, ...]]:
    """Return the operations that may write and can name a resource of a kind, and by what."""
    found = {
        operation: tuple(
            field
            for field in kind.fields
            if RECORDED.get(field, field) in paths(kind.service, operation)
        )
        for operation in writing(kind.service)
    }
    return {operation: by for operation, by in found.items() if by or not kind.fields}


@cache
def writing(service: str) -> list[str]:
    """Return the operations of a service that may change something."""
    return sorted(name for name in operations(service) if not READS.match(name))


@cache
def others() -> Mapping[str, Any]:
    """Return the operations that the guard does not see, with the reasons."""
    return tomllib.loads(OTHERS.read_text(encoding="utf-8"))


def answer(table: str, pair: Pair) -> str:
    """Return the reason that a table gives for an operation."""
    reasons = others()[table].get(pair.kind.service, {}) if table == "data" else others()[table]
    found = (why for like, why in reasons.items() if re.fullmatch(like, pair.operation))
    return next(found, "")


def pairs(deployment: Deployment, kinds: Iterable[Guarded] = ()) -> Iterator[Pair]:
    """Yield each resource of a deployment with each operation that can name it."""
    for kind in kinds or guarded():
        for logical_id in held(deployment, kind):
            for operation, fields in naming(kind).items():
                yield Pair(kind, logical_id, operation, fields)


def held(deployment: Deployment, kind: Guarded) -> list[str]:
    """Return the logical ids of a kind's resources; the stack has none, and is held always."""
    if kind.resource == "stack":
        return [""]
    if kind.resource == "SecretsManager::Secret":
        return secrets(deployment)
    found = deployment.found.items()
    return [name for name, r in found if r["Type"] == f"AWS::{kind.resource}"]


def secrets(deployment: Deployment) -> list[str]:
    """Return the ARNs of the secrets that the functions may read, which stand for logical ids."""
    return [
        statement["Resource"]
        for _, statement in statements(deployment.found)
        if statement["Action"] == "secretsmanager:GetSecretValue"
    ][:1]


def requests(deployment: Deployment, pair: Pair) -> Iterator[dict[str, Any]]:
    """Yield the parameters of requests that name the resource, by each field and name."""
    if not pair.fields:
        yield {"name": "some-trail"}
    for field in pair.fields:
        for name in names(deployment, pair, field):
            listed = field.endswith("s") and field != "rules"
            yield nested(field, [name] if listed else name)


def nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def names(deployment: Deployment, pair: Pair, field: str) -> list[str]:
    """Return all names that a request may give a resource in a field."""
    kind, logical_id = pair.kind.resource, pair.logical_id
    if kind == "stack":
        stack = deployment.stack_name
        place = f"{deployment.region}:{deployment.account}"
        return [stack, f"arn:aws:cloudformation:{place}:stack/{stack}/{KEY_ID}"]
    if kind == "SNS::Subscription":
        topic = deployment.resolve(deployment.found[logical_id]["Properties"]["TopicArn"])
        return [f"{topic}:{KEY_ID}"]
    if kind == "SecretsManager::Secret":
        without_end = logical_id.rpartition("-")[0]
        name = without_end.rpartition(":secret:")[2]
        return [name] if field == "name" else [logical_id, without_end, name]
    if kind == "Lambda::EventSourceMapping":
        return [deployment.resolve({"Ref": logical_id})]
    return list(_forms(deployment, kind, logical_id, pair.kind.fields[field]))


def _forms(deployment: Deployment, kind: str, logical_id: str, form: str) -> Iterator[str]:
    name = deployment.name(logical_id)
    if form in ("exact", "own"):
        yield name
        return
    if form == "function":
        partial = f"{deployment.account}:function:{name}"
        plain = [name, partial, f"function:{name}", deployment.arn(logical_id)]
        yield from (*plain, *(f"{each}:$LATEST" for each in plain))
        return
    yield deployment.arn(logical_id)
    if form == "group":
        yield f"{deployment.arn(logical_id)}:*"
    else:
        yield deployment.resolve({"Ref": logical_id})
        yield KEY_ID if kind == "KMS::Key" else name


def event(
    pair: Pair, parameters: dict[str, Any], identity: dict[str, Any], address: str = ""
) -> Record:
    """Return the event of a request, as EventBridge hands it out."""
    via = {"sourceIPAddress": address, "userAgent": address} if address else {}
    by = identity | ({"invokedBy": address} if address else {})
    fields = {"managementEvent": True, "readOnly": False, "requestParameters": parameters, **via}
    return {
        "source": f"aws.{pair.kind.service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {**record(pair.action, by), **fields},
    }


class Watch:
    """The guard's patterns of a deployment, which are matched many times."""

    def __init__(self, deployment: Deployment) -> None:
        """Sort the alternatives of each pattern by the service that they are about."""
        self._alternatives: defaultdict[str, list[tuple[str, list[_Test]]]] = defaultdict(list)
        for name, pattern in deployment.patterns("Guard").items():
            common = {key: value for key, value in pattern["detail"].items() if key != "$or"}
            for selector in pattern["detail"]["$or"]:
                whole = {**pattern, "detail": {**common, **selector}}
                tests = [(path, leaf_test(values, path)) for path, values in leaves(whole)]
                for source in selector["eventSource"]:
                    self._alternatives[source].append((name, tests))

    def tells(self, happened: Record) -> list[str]:
        """Return the guard's rules that an event matches."""
        return [
            name
            for name, tests in self._alternatives[happened["detail"]["eventSource"]]
            if all(test(lookup(happened, path)) for path, test in tests)
        ]
