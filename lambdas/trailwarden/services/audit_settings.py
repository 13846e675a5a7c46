"""Recognizes what keeps watch in an account, by its name or its settings."""

import re
from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, mentions, text_of, whole_words
from trailwarden.services.ec2 import texts

SECURITY_SERVICES = frozenset(
    {
        "access-analyzer",
        "auditmanager",
        "cloudtrail",
        "config",
        "config-multiaccountsetup",
        "detective",
        "fms",
        "guardduty",
        "inspector2",
        "macie",
        "malware-protection.guardduty",
        "securityhub",
        "securitylake",
    }
)
"""The services whose administrator an organization delegates to its security team's account."""

_OF_SECURITY = (
    *("audit", "cloud trail", "config rule", "detection", "detector", "guard duty", "inspector"),
    *("remediation", "root", "security", "security hub", "siem", "threat"),
)
OF_SECURITY = whole_words(*_OF_SECURITY)
"""Words in the names of topics that only people of security listen to."""
ABOUT_SECURITY = whole_words("alarm", "alert", "incident", *_OF_SECURITY)
"""Words in the names of rules and topics that make people hear of an intruder."""

_WATCHING = whole_words(
    *("cloud trail", "trail", "audit trail", "flow log", "audit", "audit log", "security", "siem"),
    *("security hub", "guard duty", "access log", "querie", "query log", "resolver"),
)
_OF_SERVICES = re.compile(r"aws-waf-logs-|/aws/(?:eks|bedrock|network-firewall|route53|vpc)\b")
_OF_PROGRAMS = re.compile(
    r"/aws/(?:apprunner|batch|codebuild|ecs|elasticbeanstalk|glue|lambda|sagemaker|states)/"
)
"""Log groups that AWS names after a program: a word in them is of the program's own name."""
_DESTINATIONS = (
    "cloudWatchLogsLogGroupArn",
    "destinationArn",
    "logDestination",
    "logDestinationConfigs",
)
_OPTIONAL_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})


def holds_security_logs(event: Event, log_group: str) -> bool:
    """Say whether a log group keeps what an investigation needs, as far as its name tells."""
    if event.environment.is_pipeline_resource(log_group):
        return True
    if _OF_PROGRAMS.match(log_group):
        return False
    return bool(_OF_SERVICES.match(log_group)) or mentions(log_group, _WATCHING)


LOG_SETTINGS = (
    "bedrock:PutModelInvocationLoggingConfiguration",
    "cloudtrail:CreateTrail",
    "cloudtrail:UpdateTrail",
    "ec2:CreateFlowLogs",
    "network-firewall:UpdateLoggingConfiguration",
    "route53:CreateQueryLoggingConfig",
    "route53resolver:CreateResolverQueryLogConfig",
    "wafv2:PutLoggingConfiguration",
)
"""The requests that say where logs go which an investigation needs."""


def log_group_of_setting(event: Event) -> str:
    """Return the log group that a request of `LOG_SETTINGS` names, if it names one."""
    found = texts(event.get("requestParameters"), *_DESTINATIONS)
    groups = (text.partition(":log-group:")[2].partition(":")[0] for text in found)
    named = texts(event.get("requestParameters"), "logGroupName", "logGroup")
    return next((group for group in (*groups, *named) if group), "")


def log_group_of(event: Event) -> str:
    """Return the log group that a request is about, whether it or only its refusal tells."""
    refused = event.refused_resource.partition(":log-group:")[2].partition(":")[0]
    return event.request("logGroupName", "logGroupIdentifier") or refused


def security_service(principal: str) -> str:
    """Return the security service of a service principal such as `guardduty.amazonaws.com`."""
    name = principal.removesuffix(".amazonaws.com")
    return name if name in SECURITY_SERVICES else ""


def unrecorded(request: Any) -> str:
    """Say which management events the selectors of a PutEventSelectors request leave out.

    Nothing where all are recorded, or the request holds no selectors. An empty list leaves out all
    of them. Leaving out KMS and the RDS data API, which the console offers for their volume, is
    told as just that.
    """
    basic = [s for s in listed(dig(request, "eventSelectors")) if isinstance(s, Mapping)]
    advanced = [s for s in listed(dig(request, "advancedEventSelectors")) if isinstance(s, Mapping)]
    gaps = [_gap(s) for s in basic] + [_advanced_gap(s) for s in advanced]
    if not gaps and isinstance(dig(request, "eventSelectors"), list):
        return _GAPS[2]
    return "" if "" in gaps else (min(gaps, key=_GAPS.index) if gaps else "")


def data_events(request: Any) -> list[str]:
    """Return of which kinds of resources the selectors of a request record data events.

    A selector that names no kind stands for its category, such as `NetworkActivity`.
    """
    basic = (dig(s, "dataResources") for s in listed(dig(request, "eventSelectors")))
    kinds = {
        text_of(dig(one, "type"))
        for several in basic
        for one in listed(several)
        if listed(dig(one, "values"))
    }
    for selector in listed(dig(request, "advancedEventSelectors")):
        said = {
            text_of(dig(field, "field")): {*map(text_of, listed(dig(field, "equals")))}
            for field in listed(dig(selector, "fieldSelectors"))
        }
        category = said.get("eventCategory", set()) & _OF_DATA
        kinds |= said.get("resources.type", category) if category else set()
    return sorted(kinds - {""})[:_MOST_KINDS]


def by_trail(event: Event) -> str:
    """Group by the trail of its home Region, which requests name by its name or ARN."""
    name = event.request("trailName", "name").rpartition("/")[2]
    return f"{event.recipient_account_id}/{event.aws_region}/{name}"


_OF_DATA = frozenset({"Data", "NetworkActivity"})
_MOST_KINDS = 20
CHATTY_SERVICES = "events of KMS or the RDS data API"
ALL_EVENTS = "all management events"
_GAPS = [CHATTY_SERVICES, "some management events", ALL_EVENTS]


def _gap(selector: Mapping[str, Any]) -> str:
    if selector.get("includeManagementEvents") in (False, "false"):
        return _GAPS[2]
    if text_of(selector.get("readWriteType")) not in {"", "All"}:
        return _GAPS[1]
    return CHATTY_SERVICES if listed(selector.get("excludeManagementEventSources")) else ""


def _advanced_gap(selector: Mapping[str, Any]) -> str:
    fields = [f for f in listed(selector.get("fieldSelectors")) if isinstance(f, Mapping)]
    category = [f for f in fields if f.get("field") == "eventCategory"]
    if not any("Management" in listed(f.get("equals")) for f in category):
        return _GAPS[2]
    others = [f for f in fields if f.get("field") != "eventCategory"]
    if not others:
        return ""
    return CHATTY_SERVICES if all(map(_is_optional, others)) else _GAPS[1]


def _is_optional(selector: Mapping[str, Any]) -> bool:
    excluded = [text_of(source) for source in listed(selector.get("notEquals"))]
    only = selector.keys() <= {"field", "notEquals"}
    return selector.get("field") == "eventSource" and only and {*excluded} <= _OPTIONAL_SOURCES
