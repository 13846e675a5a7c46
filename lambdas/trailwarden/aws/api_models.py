"""Tells the API operations of a service, from the models that botocore ships."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import botocore
import msgspec

from trailwarden.contract.api import Shape

_DATA = Path(botocore.__file__).parent / "data"
MODEL = "service-2"
HEAD = 8192
"""How many characters of a model are sure to hold its metadata."""

KEPT = 8
"""How many models are kept in memory: rules of one service follow each other."""

ALSO: Mapping[str, Sequence[str]] = {
    "agreement-marketplace": ["marketplace-agreement"],
    "autoscaling": ["application-autoscaling", "autoscaling-plans"],
    "cloudhsm": ["cloudhsmv2"],
    "discovery-marketplace": ["marketplace-discovery"],
    "rdsdata": ["rds-data"],
    "rdsdataapi": ["rds-data"],
    "s3express": ["s3", "s3control"],
    "sso": ["sso", "sso-oidc"],
    "sso-directory": ["identitystore"],
    "sso-oauth": ["sso-oidc"],
}
"""The models of services that sign their requests with another name than CloudTrail writes."""

RECORDED_AS: Mapping[str, str] = {"mq": "amazonmq"}
"""The names by which CloudTrail alone knows a service that signs with another name."""


@cache
def operations(service: str) -> frozenset[str]:
    """Return the API operations of a service by the name CloudTrail has for it; none if unknown.

    The name is that of the `eventSource`: `monitoring` for CloudWatch, `states` for Step Functions.
    """
    return frozenset(op for model in models_of(service) for op in _operations(model))


def models_of(service: str) -> Sequence[str]:
    """Return botocore's names of the models that a service's requests may be of."""
    return (*_models().get(service, ()), *ALSO.get(service, ()))


@cache
def parameters(service: str, operation: str) -> Mapping[str, str]:
    """Return the types of a request's parameters, by their names as most services record them.

    Nothing for an operation that no model has. CloudTrail begins the names in lower case.
    """
    for model, input_shape in _inputs(service, operation):
        members = input_shape.get("members", {})
        return {
            _recorded(key): model.shape(value["shape"])["type"] for key, value in members.items()
        }
    return {}


@cache
def shape_of(service: str, operation: str) -> Shape | None:
    """Return the parameters of a request and which of them are required; None if unknown."""
    shapes = [input_shape for _, input_shape in _inputs(service, operation)]
    if not shapes:
        return None
    members = {_recorded(key) for shape in shapes for key in shape.get("members", {})}
    required = set.intersection(*({*map(_recorded, s.get("required", ()))} for s in shapes))
    return Shape(frozenset(members), frozenset(required))


def _inputs(service: str, operation: str) -> Iterator[tuple["_Model", Mapping[str, Any]]]:
    """Yield each model that has the operation, with the shape of its request."""
    for name in models_of(service):
        model = _decoded(name)
        if operation in model.operations:
            taken = msgspec.json.decode(model.operations[operation]).get("input")
            if taken:
                yield model, model.shape(taken["shape"])


@cache
def paths(service: str, operation: str) -> frozenset[str]:
    """Return the paths of all texts in a request, as CloudTrail records their names."""
    return frozenset(
        path
        for name in models_of(service)
        for path in _texts(_whole(name), _whole(name)["operations"].get(operation, {}))
    )


@lru_cache(maxsize=KEPT)
def _whole(model: str) -> Mapping[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(_newest(model))
    return decoded


def _texts(model: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    if shape := operation.get("input", {}).get("shape"):
        yield from _texts_below(model["shapes"], shape, (), "")


def _texts_below(
    shapes: Mapping[str, Any], name: str, above: Sequence[str], path: str
) -> Iterator[str]:
    """Yield the path of each text below a shape; a shape that holds itself ends there."""
    shape = shapes[name]
    if shape["type"] == "string":
        yield path
    if name in above:
        return
    for key in ("member", "value"):
        if key in shape:
            yield from _texts_below(shapes, shape[key]["shape"], (*above, name), path)
    for key, member in shape.get("members", {}).items():
        below = f"{path}.{_recorded(key)}".lstrip(".")
        yield from _texts_below(shapes, member["shape"], (*above, name), below)


def operations_asking(members: str) -> Mapping[str, str]:
    """Return each operation that takes a member of such a name at any depth, and that name.

    `members` is a pattern of whole names. Models without such a name are not decoded.
    """
    return _having("input", members)


def operations_answering(members: str) -> Mapping[str, str]:
    """Return each operation that answers with a member of such a name, as `operations_asking`."""
    return _having("output", members)


def _having(side: str, members: str) -> Mapping[str, str]:
    pattern = re.compile(members)
    found: dict[str, str] = {}
    for service, models in _models().items():
        for model in models:
            text = _newest(model)
            if not re.search(rf'"(?:{members})"\s*:\s*\{{'.encode(), text):
                continue
            decoded = msgspec.json.decode(text)
            for name, operation in decoded["operations"].items():
                shape = operation.get(side, {}).get("shape")
                below = _names_below(decoded["shapes"], shape) if shape else ()
                if member := next(filter(pattern.fullmatch, below), ""):
                    found[f"{service}:{name}"] = member
    return found


def _names_below(shapes: Mapping[str, Any], first: str) -> Iterator[str]:
    """Yield the name of each member of a shape and of the shapes below it."""
    seen, waiting = {first}, [first]
    while waiting:
        shape = shapes[waiting.pop()]
        members = shape.get("members", {})
        yield from sorted(members)
        parts = [*members.values(), *(shape[key] for key in ("member", "value") if key in shape)]
        new = {part["shape"] for part in parts} - seen
        seen |= new
        waiting.extend(sorted(new))


@cache
def _operations(model: str) -> Collection[str]:
    """Return the operations of a model's newest version; nothing else of it is decoded."""
    return _decoded(model).operations.keys()


@lru_cache(maxsize=KEPT)
def _decoded(model: str) -> "_Model":
    """Return the newest version of a model; its parts are decoded when they are asked for."""
    decoded = msgspec.json.decode(_newest(model), type=_Model)
    for file in _DATA.glob(f"{model}/*/{MODEL}.sdk-extras.json*"):
        extras = msgspec.json.decode(_unpacked(file), type=_Extras)
        decoded.added.update(extras.merge.shapes)
    return decoded


def _newest(model: str) -> bytes:
    """Return a model's newest version."""
    return _unpacked(max(_DATA.glob(f"{model}/*/{MODEL}.json.gz")))


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


class _Model(msgspec.Struct):
    """A model whose operations and shapes are not decoded yet."""

    operations: Mapping[str, msgspec.Raw] = {}
    shapes: Mapping[str, msgspec.Raw] = {}
    added: dict[str, msgspec.Raw] = {}
    """What clients add to shapes, in the same form."""

    def shape(self, name: str) -> Mapping[str, Any]:
        """Return a shape, with the members that clients add."""
        shape: dict[str, Any] = msgspec.json.decode(self.shapes.get(name, b"{}"))
        added: dict[str, Any] = msgspec.json.decode(self.added.get(name, b"{}"))
        members = {**shape.get("members", {}), **added.get("members", {})}
        return {**shape, **added, "members": members}


class _Extras(msgspec.Struct):
    """The file of what clients add to a model."""

    merge: _Model


def _recorded(member: str) -> str:
    """Return a member's name as CloudTrail records it: `aWSAccountId` for `AWSAccountId`."""
    return member[0].lower() + member[1:]


@cache
def services() -> frozenset[str]:
    """Return the names that CloudTrail has for the services."""
    return frozenset(_models()) | frozenset(ALSO)


@cache
def _models() -> Mapping[str, Sequence[str]]:
    """Return the models of each service by the name it signs requests with."""
    models: defaultdict[str, set[str]] = defaultdict(set)
    for name, metadata in _metadata():
        signed = metadata.get("signingName") or metadata["endpointPrefix"]
        models[RECORDED_AS.get(signed, signed)].add(name)
    return {service: sorted(names) for service, names in models.items()}


def _metadata() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the metadata of every model; it stands at the start, and no more is read."""
    decoder = json.JSONDecoder()
    for file in _DATA.glob(f"*/*/{MODEL}.json.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as model:
            head = model.read(HEAD)
        metadata, _ = decoder.raw_decode(head, head.index("{", head.index('"metadata"')))
        yield file.parent.parent.name, metadata
