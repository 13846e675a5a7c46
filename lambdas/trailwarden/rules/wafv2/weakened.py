"""WAF rules loosened.

A rule that counts instead of blocking, or an address set that allows half of the internet, leaves a
web ACL in place that does nothing.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.services.security_groups import Opening


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    seen = ", ".join(losses(event))
    name = event.text("requestParameters.name")[:100]
    return Match(f"{name} {seen}"[:150], subject=name) if seen else None


def losses(event: Event) -> Iterator[str]:
    rules = event.listed("requestParameters.rules")
    if event.name == "UpdateWebACL" and not rules:
        yield "has no rules"
    for rule in rules:
        if any(dig(rule, f"{key}.count") is not None for key in ("action", "overrideAction")):
            yield f"only counts {text_of(dig(rule, 'name'))[:40]}"
    for cidr in map(text_of, event.listed("requestParameters.addresses")):
        if cidr and Opening(cidr, "all", 0, 65535).is_world:
            yield f"holds {cidr[:40]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["wafv2:UpdateIPSet", "wafv2:UpdateRuleGroup", "wafv2:UpdateWebACL"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Compare the web ACL with its definition and put it back. Ask the caller whether "
    "they are tuning a rule.",
    false_positives="A new rule counts for some days before it blocks.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    counting = {"name": "common", "priority": 0, "overrideAction": {"count": {}}}
    yield alerts("counting", update("WebACL", rules=[counting]))
    yield alerts("no rules", update("WebACL", rules=[]))
    yield alerts("half of the internet", update("IPSet", addresses=["0.0.0.0/1"]))
    blocking = {"name": "common", "priority": 0, "overrideAction": {"none": {}}}
    yield silent("blocking", update("WebACL", rules=[blocking]))
    yield silent("an office", update("IPSet", addresses=["198.51.100.0/24"]))


def update(what: str, **request: Any) -> Record:
    request = {"name": "web", "scope": "REGIONAL", **request}
    return record(f"wafv2:Update{what}", assumed_role("Ops"), requestParameters=request)
