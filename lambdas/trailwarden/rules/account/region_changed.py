"""Opt-in Region enabled.

Nobody watches an unused Region, so it suits miners. A disabled Region takes down its workloads and
the tools that watch it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent

ACTS = {"DisableRegion": "Opt-in Region disabled", "EnableRegion": "Opt-in Region enabled"}


def detect(event: Event) -> Match | None:
    region = event.request("regionName")
    if event.name == "EnableRegion" and region in event.environment.used_regions:
        return None
    return Match(f"{event.name} {region}", subject=region, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["account:EnableRegion", "account:DisableRegion"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller for the reason. If they do not know of it, disable the Region again. "
    "Look for workloads in it, and disable the caller's credentials.",
    false_positives="A team goes to a new Region. Add it to `used_regions`.",
)

ENVIRONMENT = Environment(used_regions=("eu-central-2",))


def examples() -> Examples:
    enable, used = "account:EnableRegion", "eu-central-2"
    yield alerts("an unused Region", request(enable, regionName="af-south-1"), subject="af-south-1")
    yield alerts("disabled", request("account:DisableRegion", regionName=used), subject=used)
    yield silent("a Region in use", request(enable, regionName=used))
    yield silent("a refused request", refused(enable))
