"""WAF rules loosened.

A rule that counts instead of blocking leaves a web ACL that does nothing. So does an address set
that allows half of the internet.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.security_groups import Opening


def detect(event: Event) -> Match | None:
    lost = ", ".join(losses(event))
    name = event.request("name")
    return Match(f"{name} {lost}", subject=name) if lost else None


def losses(event: Event) -> Iterator[str]:
    rules = event.listed("requestParameters.rules")
    if event.name == "UpdateWebACL" and not rules:
        yield "has no rules"
    for rule in rules:
        if any(dig(rule, f"{key}.count") is not None for key in ("action", "overrideAction")):
            yield f"only counts {text_of(dig(rule, 'name'))}"
    if event.name == "UpdateIPSet" and event.get("requestParameters.addresses") == []:
        yield "holds no address"
    for cidr in map(text_of, event.listed("requestParameters.addresses")):
        if cidr and Opening(cidr, "all", 0, 65535).is_world:
            yield f"holds {cidr}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["wafv2:UpdateIPSet", "wafv2:UpdateRuleGroup", "wafv2:UpdateWebACL"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Compare the web ACL with its definition and put it back. Ask the caller whether "
    "they tune a rule.",
    false_positives="A new rule counts for some days before it blocks.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    counting = {"name": "common", "priority": 0, "overrideAction": {"count": {}}}
    yield alerts("counting", web_acl(counting), subject="web")
    yield alerts("no rules", web_acl())
    yield alerts("a group", update("RuleGroup", rules=[counting], visibilityConfig={}))
    yield alerts("half of the internet", update("IPSet", addresses=["0.0.0.0/1"]))
    label = "web holds no address"
    yield alerts("an empty set", update("IPSet", addresses=[]), label=label)
    blocking = {"name": "common", "priority": 0, "overrideAction": {"none": {}}}
    yield silent("blocking", web_acl(blocking))
    yield silent("an office", update("IPSet", addresses=["198.51.100.0/24"]))


def web_acl(*rules: Any) -> Record:
    return update("WebACL", rules=[*rules], defaultAction={}, visibilityConfig={})


def update(kind: str, **parameters: Any) -> Record:
    thing: dict[str, Any] = {"name": "web", "scope": "REGIONAL", "id": "1", "lockToken": "t"}
    return request(f"wafv2:Update{kind}", **thing, **parameters)
