"""WAF rule deleted.

The rules do the work of a web ACL. An attacker gains by deleting a rule that blocked them, and
nobody notices its absence.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = ("name", "ruleId", "ruleGroupId", "iPSetId", "regexPatternSetId", "id", "webACLArn")


def detect(event: Event) -> Match:
    name = event.request(*NAMES)
    return Match(f"{event.name} {name}".strip())


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.001"]},
    response="Ask the caller. If nobody planned it, put the rule back. Look in the application's "
    "logs for the requests that it would have stopped.",
    false_positives="An engineer replaces rules. Name the roles that deploy.",
)


def examples() -> Examples:
    group = {"name": "login", "scope": "REGIONAL", "id": "g", "lockToken": "t"}
    yield alerts("a group", request("wafv2:DeleteRuleGroup", **dict[str, Any](group)))
    yield silent("an EventBridge rule", request("events:DeleteRule", name="nightly"))
    yield silent("refused", refused("wafv2:DeleteIPSet"))
