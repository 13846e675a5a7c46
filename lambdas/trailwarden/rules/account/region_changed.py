"""Opt-in Region enabled or disabled.

A Region that nobody uses is a Region that nobody watches: a fine place to mine. One that is
disabled takes down what ran there, and what watched it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(
    used_regions=("eu-central-2",), deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",)
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    region = event.text("requestParameters.regionName")[:30]
    if event.name == "DisableRegion":
        return Match(f"disabled {region}", subject=region)
    if region in event.environment.used_regions:
        return None
    return Match(f"enabled {region}", subject=region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["account:EnableRegion", "account:DisableRegion"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask whoever did it why. If they do not know of it, disable the Region again, look "
    "for anything that runs there, and disable the caller's credentials.",
    false_positives="A team that goes to a new Region; add it to the environment's used Regions.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a Region nobody uses", changed("EnableRegion", mallory, "af-south-1"))
    yield alerts("a Region is disabled", changed("DisableRegion", mallory, "eu-central-2"))
    yield silent("a Region in use", changed("EnableRegion", mallory, "eu-central-2"))
    pipeline = assumed_role("deploy")
    yield silent("the pipeline", changed("EnableRegion", pipeline, "af-south-1"))
    yield silent("a refusal", denied("account:EnableRegion", mallory))


def changed(name: str, who: Fields, region: str) -> Record:
    return record(f"account:{name}", who, requestParameters={"regionName": region})
