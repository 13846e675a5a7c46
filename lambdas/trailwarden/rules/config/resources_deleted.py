"""AWS Config rules deleted.

Config rules report when a bucket turns public or a port opens, and aggregators bring that to the
security team. An intruder deletes the rules that would report them.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = (
    "configRuleName",
    "conformancePackName",
    "configurationAggregatorName",
    "organizationConfigRuleName",
    "organizationConformancePackName",
    "retentionConfigurationName",
)


def detect(event: Event) -> Match:
    name = event.request(*NAMES)
    return Match(f"{event.name} {name}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "config:DeleteConfigRule",
        "config:DeleteConfigurationAggregator",
        "config:DeleteConformancePack",
        "config:DeleteEvaluationResults",
        "config:DeleteOrganizationConfigRule",
        "config:DeleteOrganizationConformancePack",
        "config:DeleteRemediationConfiguration",
        "config:DeleteRetentionConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Ask the caller. If nobody planned it, put the rules back and evaluate them. Look for "
    "the resource that they report.",
    false_positives="An engineer tries out or replaces rules. Name the roles that deploy them.",
)


def examples() -> Examples:
    rule = request("config:DeleteConfigRule", configRuleName="s3-public-read")
    yield alerts("a rule", rule, label="DeleteConfigRule s3-public-read")
    yield alerts("a pack", request("config:DeleteConformancePack", conformancePackName="cis"))
    yield silent("refused", refused("config:DeleteConfigRule"))
