"""WAF rule, rule group or set deleted.

The rules are what a web ACL does. One that blocked an attack is worth an attacker's while, and its
absence is hardly seen.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, record
from trailwarden.cloudtrail.values import Record

NAMES = ("name", "ruleId", "ruleGroupId", "iPSetId", "regexPatternSetId", "id")


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    told = (event.text(f"requestParameters.{name}") for name in NAMES)
    return f"{event.name} {next(filter(None, told), '')[:100]}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "waf-regional:DeleteIPSet",
        "waf-regional:DeleteRateBasedRule",
        "waf-regional:DeleteRegexPatternSet",
        "waf-regional:DeleteRule",
        "waf-regional:DeleteRuleGroup",
        "waf:DeleteIPSet",
        "waf:DeleteRateBasedRule",
        "waf:DeleteRegexPatternSet",
        "waf:DeleteRule",
        "waf:DeleteRuleGroup",
        "wafv2:DeleteFirewallManagerRuleGroups",
        "wafv2:DeleteIPSet",
        "wafv2:DeleteRegexPatternSet",
        "wafv2:DeleteRuleGroup",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.001"]},
    response="Ask the caller. If nobody planned it, put the rule back and look in the "
    "application's logs for the requests that it would have stopped.",
    false_positives="Rules that are replaced; name the roles that deploy.",
)


def examples() -> Iterator[Example]:
    yield alerts("a group", call("wafv2:DeleteRuleGroup", name="login"))
    yield alerts("a set", call("wafv2:DeleteIPSet", name="blocked"))
    yield alerts("an old rule", call("waf-regional:DeleteRule", ruleId="WAFRule-1"))
    yield silent("an EventBridge rule", call("events:DeleteRule", name="nightly"))
    manager = record("wafv2:DeleteRuleGroup", aws_service("fms"))
    yield silent("Firewall Manager", manager)
    yield silent("refused", denied("wafv2:DeleteIPSet", assumed_role("Ops")))


def call(action: str, **request: Any) -> Record:
    return record(action, assumed_role("Ops"), requestParameters=request)
