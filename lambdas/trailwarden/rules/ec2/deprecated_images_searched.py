"""Deprecated images of any owner searched.

Anyone can publish an image under a trusted name. A search without an owner that includes old images
finds such impostors. An attacker uses them, or learns how to become one.
"""

from typing import Any

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import in_short, texts, values


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    if str(dig(parameters, "includeDeprecated")).lower() != "true":
        return None
    filters = list(values(parameters, "filterSet"))
    names = set(texts(filters, "name"))
    limited = listed(dig(parameters, "ownersSet")) or listed(dig(parameters, "imagesSet"))
    if limited or names & {"owner-id", "owner-alias", "image-id"}:
        return None
    return Match(in_short(texts(list(values(filters, "valueSet")), "value")) or "every image")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeImages"],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="Check whether the caller launched an instance from one of these images. Then name "
    "the owner of the image in the code that searches.",
    false_positives="Code that looks for an image by its name and does not name the owner.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("no owner", search(includeDeprecated=True), label="every image")
    ubuntu = {"items": [{"name": "name", "valueSet": {"items": [{"value": "ubuntu*"}]}}]}
    by_name = search(includeDeprecated=True, filterSet=ubuntu)
    yield alerts("a name without an owner", by_name, label="ubuntu*")
    amazon = {"items": [{"owner": "amazon"}]}
    yield silent("Amazon's", search(includeDeprecated=True, ownersSet=amazon))
    yield silent("only current ones", search(includeDeprecated=False))
    own = {"items": [{"name": "owner-id", "valueSet": {"items": [{"value": ACCOUNT}]}}]}
    yield silent("an owner as a filter", search(includeDeprecated=True, filterSet=own))


def search(**parameters: Any) -> Record:
    unused: Fields = {"imagesSet": {}, "ownersSet": {}, "executableBySet": {}, "filterSet": {}}
    return request("ec2:DescribeImages", **unused | parameters)
