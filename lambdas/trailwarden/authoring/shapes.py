"""Compares the requests in a rule's stories with the models of the APIs.

A story whose request CloudTrail would never record proves nothing: a rule that reads `awsAccountId`
is silent for ever where the record says `aWSAccountId`.
"""

from collections.abc import Iterable, Iterator, Mapping

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.api import Shape, Shapes

UNLIKE_THEIR_MODELS = frozenset(
    {"ec2", "s3", "s3express", "signin", "cloudfront", "route53", "waf-regional"}
)
"""Services whose requests CloudTrail records in another form than their models have."""

WITHOUT_THEIR_TOKEN = frozenset({"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"})
"""Requests that CloudTrail records without the token, and SAML's with the session's name."""


NEARLY = 0.6
"""How like a parameter of the model a name is that is probably a slip."""


def problems(records: Iterable[Record], shapes: Shapes) -> Iterator[str]:
    """Yield in which way each record's request is none that CloudTrail would write."""
    for action, named, shape in _requests(records, shapes):
        yield from (
            f"{action} has no parameter {name}: the API's model knows none"
            for name in _unknown(named, shape)
        )
        yield from (
            f"{action} cannot come without {name}: the API requires it"
            for name in sorted(shape.required - {*named.values()})
        )


def slips(records: Iterable[Record], shapes: Shapes) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are nearly those of the model, each with the one that is meant.

    A few requests are recorded in another form, so another name alone says nothing.
    """
    for action, named, shape in _requests(records, shapes):
        for name in _unknown(named, shape):
            if near := suggestion(name, shape.members, cutoff=NEARLY):
                yield name, f"{action} has no parameter {name}{near}"


def _requests(
    records: Iterable[Record], shapes: Shapes
) -> Iterator[tuple[str, Mapping[str, str], Shape]]:
    """Yield requests that can be compared: action, names as models have them, and the model."""
    for record in records:
        event = Event(record)
        request = record.get("requestParameters")
        if not isinstance(request, dict) or not request or event.error_code:
            continue
        if event.service in UNLIKE_THEIR_MODELS or event.omits_parameters:
            continue
        shape = shapes(event.service, event.name)
        if shape is None or event.action in WITHOUT_THEIR_TOKEN:
            continue
        # Some services, as Security Hub, are recorded with the capitals of their models.
        yield event.action, {name: name[:1].lower() + name[1:] for name in request}, shape


def _unknown(named: Mapping[str, str], shape: Shape) -> list[str]:
    return [name for name, modelled in sorted(named.items()) if modelled not in shape.members]
