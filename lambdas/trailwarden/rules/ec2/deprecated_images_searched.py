"""Deprecated images of any owner were searched.

Anybody may publish an image under a trusted name. A search that names no owner and takes old images
too finds such impostors, whether to use them or to become one.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> bool:
    asked = event.get("requestParameters")
    if str(dig(asked, "includeDeprecated")).lower() != "true":
        return False
    filters = {name for held in values(asked, "filterSet") for name in texts(held, "name")}
    named = listed(dig(asked, "ownersSet")) or listed(dig(asked, "imagesSet"))
    return not named and not filters & {"owner-id", "owner-alias", "image-id"}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeImages"],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="See whether an instance was launched from what was found, and name the image's owner "
    "in the code that searches.",
    false_positives="Code that looks for an image by name and forgets to say whose.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("no owner", search(includeDeprecated=True))
    amazon = {"items": [{"owner": "amazon"}]}
    yield silent("Amazon's", search(includeDeprecated=True, ownersSet=amazon))
    yield silent("only current ones", search(includeDeprecated=False))
    own = {"items": [{"name": "owner-id", "valueSet": {"items": [{"value": ACCOUNT}]}}]}
    yield silent("an owner as a filter", search(includeDeprecated=True, filterSet=own))


def search(**asked: Any) -> Record:
    told = {"imagesSet": {}, "ownersSet": {}, "executableBySet": {}, "filterSet": {}} | asked
    return record("ec2:DescribeImages", iam_user("alice"), requestParameters=told)
