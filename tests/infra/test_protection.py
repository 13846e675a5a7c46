"""Every resource of every template, and every request that can name it, has an answer."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from infra.watch.guarded import Guarded, guarded
from tests.infra.naming import Deployment
from tests.infra.protection import (
    CALLERS,
    Pair,
    Watch,
    event,
    naming,
    others,
    pairs,
    requests,
    writing,
)

Deployments = Callable[[str], Deployment]
ELSEWHERE = ("CloudFormation::StackSet", "Events::EventBus")
GUARDED = ("own", "adopted", "topic", "landing zone", "forwarding", "log archive")


def test_every_writing_operation_of_a_guarded_service_has_an_answer() -> None:
    named = {kind.service: set[str]() for kind in guarded()}
    for kind in guarded():
        named[kind.service] |= naming(kind).keys()
    unanswered = [
        f"{service}:{operation}"
        for service, answered in named.items()
        for operation in writing(service)
        if operation not in answered and not excused(service, operation)
    ]
    assert unanswered == []


def excused(service: str, operation: str) -> bool:
    reasons = {**others().get(service, {}), **others()["data"].get(service, {})}
    return any(re.fullmatch(like, operation) for like in reasons)


def test_no_reason_is_about_nothing() -> None:
    idle = [
        (service, like)
        for service, reasons in {**others(), **others()["data"]}.items()
        if service != "data"
        for like in reasons
        if not any(re.fullmatch(like, operation) for operation in writing(service))
    ]
    quiet = [
        (kind.service, operation)
        for kind in guarded()
        for operation in kind.quiet
        if operation not in naming(kind)
    ]
    assert idle == quiet == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("layout", GUARDED)
def test_every_pair_is_told_by_every_name_and_for_every_caller(
    longest: Deployments, layout: str
) -> None:
    deployment = longest(layout)
    assert list(untold(deployment, [p for p in pairs(deployment) if not p.reason])) == []


@pytest.mark.parametrize("kind", guarded(), ids=lambda kind: kind.resource)
def test_a_resource_of_each_kind_is_told_of(longest: Deployments, kind: Guarded) -> None:
    layout = "landing zone" if kind.resource in ELSEWHERE else "own"
    deployment = longest(layout)
    found = [pair for pair in pairs(deployment, [kind]) if not pair.reason]
    one = [pair for pair in found if pair.logical_id == found[0].logical_id]
    assert list(untold(deployment, one)) == []


def untold(deployment: Deployment, found: Sequence[Pair]) -> Iterator[tuple[str, str, object]]:
    """Yield the requests that no rule tells of, with who makes them."""
    assert found
    watch = Watch(deployment)
    for pair in found:
        for parameters in requests(deployment, pair):
            for caller, (identity, address) in CALLERS.items():
                if not watch.tells(event(pair, parameters, identity, address)):
                    yield caller, pair.action, parameters
