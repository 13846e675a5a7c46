"""AWS Config rules or packs deleted.

Rules tell when a bucket turns public or a port opens, and aggregators bring that to the security
team. Someone who deletes them expects to fail them.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    assumed_role,
    aws_service,
    denied,
    record,
    service_linked_role,
)
from trailwarden.cloudtrail.values import Record

NAMES = (
    "configRuleName",
    "conformancePackName",
    "configurationAggregatorName",
    "organizationConfigRuleName",
    "organizationConformancePackName",
    "retentionConfigurationName",
)


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
        "config:DeleteConfigRule",
        "config:DeleteConfigurationAggregator",
        "config:DeleteConformancePack",
        "config:DeleteEvaluationResults",
        "config:DeleteOrganizationConfigRule",
        "config:DeleteOrganizationConformancePack",
        "config:DeleteRemediationConfiguration",
        "config:DeleteRetentionConfiguration",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Ask the caller. If nobody planned it, put the rules back, evaluate them, and look "
    "for the resource that they would have reported.",
    false_positives="Rules that are tried out or replaced; name the roles that deploy them.",
)


def examples() -> Iterator[Example]:
    rule = {"configRuleName": "s3-bucket-public-read-prohibited"}
    yield alerts("a rule", call("DeleteConfigRule", rule))
    yield alerts("a pack", call("DeleteConformancePack", {"conformancePackName": "cis"}))
    aggregator = {"configurationAggregatorName": "organization"}
    yield alerts("an aggregator", call("DeleteConfigurationAggregator", aggregator))
    linked = service_linked_role("AWSServiceRoleForSecurityHub", "securityhub")
    yield silent("Security Hub's own", record("config:DeleteConfigRule", linked))
    yield silent("a service", record("config:DeleteConfigRule", aws_service("fms")))
    yield silent("refused", denied("config:DeleteConfigRule", assumed_role("Ops")))


def call(name: str, request: dict[str, Any]) -> Record:
    return record(f"config:{name}", assumed_role("Ops"), requestParameters=request)
