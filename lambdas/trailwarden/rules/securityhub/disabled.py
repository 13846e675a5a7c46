"""Security Hub coverage turned off.

People read findings in Security Hub. A caller can turn it off, or a standard, a member or a product
in it. The other services still find things, and nobody hears of them.
"""

from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import listed
from trailwarden.examples import Examples, Record, alerts, silent

WHOLLY = frozenset({"DisableSecurityHub", "DisableSecurityHubV2"})
NAMES = (
    *("standardsSubscriptionArns", "StandardsSubscriptionArns", "accountIds", "AccountIds"),
    *("findingAggregatorArn", "FindingAggregatorArn", "aggregatorV2Arn", "AggregatorV2Arn"),
    *("productSubscriptionArn", "ProductSubscriptionArn", "featureName", "FeatureName"),
)


def detect(event: Event) -> Match | None:
    is_whole = event.name in WHOLLY
    if not is_whole and (event.outcome is Outcome.REFUSED or event.caller in DEPLOYMENT):
        return None
    parameters = (event.get(f"requestParameters.{name}") for name in NAMES)
    things = [str(thing) for value in parameters for thing in listed(value)]
    title = "Security Hub turned off" if is_whole else ""
    label = f"{event.name} {', '.join(things) or event.aws_region}"
    return Match(label, subject=f"{event.name} {event.aws_region}", title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "securityhub:BatchDisableStandards",
        "securityhub:DeleteAggregatorV2",
        "securityhub:DeleteFindingAggregator",
        "securityhub:DeleteMembers",
        "securityhub:DisableImportFindingsForProduct",
        "securityhub:DisableSecurityHub",
        "securityhub:DisableSecurityHubFeatureV2",
        "securityhub:DisableSecurityHubV2",
        "securityhub:DisassociateFromAdministratorAccount",
        "securityhub:DisassociateFromMasterAccount",
        "securityhub:DisassociateMembers",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn it on again. Findings of the time between do not come back, so read them in "
    "GuardDuty and Config. Ask the caller. If they did not plan it, revoke their access.",
    false_positives="The owner gives up a Region, a standard or an account.",
    references=[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-disable.html"
    ],
)


def examples() -> Examples:
    off = "securityhub:DisableSecurityHub"
    yield alerts("off", request(off), subject="DisableSecurityHub us-east-1")
    standard = "arn:aws:securityhub:us-east-1::standards/cis"
    disable = "securityhub:BatchDisableStandards"
    less = request(disable, StandardsSubscriptionArns=[standard])
    yield alerts("a standard", less, label=f"BatchDisableStandards {standard}")
    yield alerts("a member", member("DisassociateMembers"), severity=Severity.HIGH)
    yield alerts("refused", refused(off), severity=Severity.MEDIUM)
    yield silent("a refused lesser one", refused(disable))
    not_enabled = {"errorCode": "InvalidAccessException"}
    yield silent("not enabled", request(off, fields=not_enabled))


def member(event_name: str, **parameters: Any) -> Record:
    return request(f"securityhub:{event_name}", AccountIds=["444455556666"], **parameters)
