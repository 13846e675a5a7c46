"""Compares the requests in a rule's stories with the models of the APIs.

A story whose request CloudTrail would never record proves nothing: a rule that reads `awsAccountId`
is silent for ever where the record says `aWSAccountId`.
"""

from collections.abc import Iterable, Iterator

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.api import Shapes

UNLIKE_THEIR_MODELS = frozenset(
    {"ec2", "s3", "s3express", "signin", "cloudfront", "route53", "waf-regional"}
)
"""Services whose requests CloudTrail records in another form than their models have."""

WITHOUT_THEIR_TOKEN = frozenset({"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"})
"""Requests that CloudTrail records without the token, and SAML's with the session's name."""


def problems(records: Iterable[Record], shapes: Shapes) -> Iterator[str]:
    """Yield in which way each record's request is none that CloudTrail would write."""
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
        named = {name: name[:1].lower() + name[1:] for name in request}
        yield from (
            f"{event.action} has no parameter {name}: the API's model knows none"
            for name, recorded in sorted(named.items())
            if recorded not in shape.members
        )
        yield from (
            f"{event.action} cannot come without {name}: the API requires it"
            for name in sorted(shape.required - {*named.values()})
        )
