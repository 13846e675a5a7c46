"""Writes alerts in ASFF, the form of findings that Security Hub takes.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
"""

import json
import re
from datetime import datetime
from types import MappingProxyType
from typing import Any

from trailwarden.cloudtrail.address import is_address, is_public_address
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.rule import Mode, Rule
from trailwarden.notify.account import NAMELESS, AccountNames, account_name
from trailwarden.notify.json import line
from trailwarden.notify.printable import printable

SCHEMA = "2018-10-08"
NO_ACCOUNT, NO_REGION = "000000000000", "us-east-1"
MOST_RESOURCES, MOST_TYPES, MOST_FIELDS = 32, 50, 50
MAX_TITLE, MAX_TEXT, MAX_STEPS, MAX_ID, MAX_FIELD, MAX_CALL = 256, 1024, 512, 512, 2048, 128
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)
_TYPES = MappingProxyType(
    {
        Tactic.RESOURCE_DEVELOPMENT: "TTPs",
        Tactic.EXFILTRATION: "Effects/Data Exfiltration",
        Tactic.IMPACT: "Effects",
    }
)
"""The types of ASFF for tactics that it does not know by their names."""


def render(alert: Alert, names: AccountNames = NAMELESS, moment: datetime = UNKNOWN_TIME) -> str:
    """Return an alert as one line of JSON: a finding of `BatchImportFindings`, as of a moment."""
    return line(dated(finding(alert, names), moment))


def finding(alert: Alert, names: AccountNames = NAMELESS) -> dict[str, Any]:
    """Return an alert as a finding, every text within the limits of Security Hub."""
    rule, first = alert.rule, alert.first
    account = first.account_id if _ACCOUNT.fullmatch(first.account_id) else NO_ACCOUNT
    region = first.region if _REGION.fullmatch(first.region) else NO_REGION
    partition = _partition(region)
    product = f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
    name = account_name(account, names)
    is_told = alert.mode is Mode.ALERT
    url = next((one for one in rule.references if one.startswith("https://")), "")
    return {
        "SchemaVersion": SCHEMA,
        "Id": f"trailwarden/{alert.alert_id}",
        "ProductArn": product,
        "ProductName": "Trailwarden",
        "CompanyName": "Trailwarden",
        "Region": region,
        "GeneratorId": f"trailwarden/{rule.id}",
        "AwsAccountId": account,
        **({"AwsAccountName": name[:50]} if name else {}),
        "Types": _types(rule),
        **_span(alert, "FirstObservedAt", "LastObservedAt"),
        "CreatedAt": _time(alert.first_seen),
        "UpdatedAt": _time(alert.last_seen),
        "Severity": {"Label": alert.severity.name, "Original": alert.severity.label},
        "Title": _cut(alert.title, MAX_TITLE),
        "Description": _cut(rule.description or rule.title, MAX_TEXT),
        "Remediation": {
            "Recommendation": {
                "Text": _cut(rule.response, MAX_STEPS),
                **({"Url": url} if url else {}),
            }
        },
        "ProductFields": _fields(alert),
        "Resources": _resources(alert, account, region, partition),
        "Action": {"ActionType": "AWS_API_CALL", "AwsApiCallAction": _call(alert)},
        "Workflow": {"Status": "NEW" if is_told else "SUPPRESSED"},
        "RecordState": "ACTIVE",
    }


def _partition(region: str) -> str:
    """Return the partition of a Region.

    >>> _partition("cn-north-1"), _partition("us-gov-west-1"), _partition("eu-west-1")
    ('aws-cn', 'aws-us-gov', 'aws')
    """
    if region.startswith("eusc-"):
        return "aws-eusc"
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _types(rule: Rule) -> list[str]:
    types = [_TYPES.get(tactic, f"TTPs/{tactic.title}") for tactic in rule.attack]
    return list(dict.fromkeys(types))[:MOST_TYPES] or ["Unusual Behaviors"]


def _fields(alert: Alert) -> dict[str, str]:
    first = alert.first
    fields = {
        "rule_id": alert.rule.id,
        "alert_id": alert.alert_id,
        "actor": first.actor,
        "caller": ", ".join(alert.callers),
        "actions": ", ".join(alert.actions),
        "source_ip_addresses": ", ".join(alert.source_ip_addresses),
        "user_agent": first.user_agent,
        "detail": "; ".join(alert.details),
        "event_ids": ", ".join(alert.event_ids),
        "account_id": first.account_id,
        "region": first.region,
        "count": str(alert.count),
        "techniques": ", ".join(id_ for ids in alert.rule.attack.values() for id_ in ids),
    }
    return {f"trailwarden/{k}": _cut(text, MAX_FIELD) for k, text in fields.items() if text.strip()}


def _resources(alert: Alert, account: str, region: str, partition: str) -> list[dict[str, str]]:
    place = {"Partition": partition, "Region": region}
    things = [text for text in alert.subjects if text.strip()][:MOST_RESOURCES]
    named = [{"Type": "Other", "Id": _cut(text, MAX_ID), **place} for text in things]
    return named or [{"Type": "AwsAccount", "Id": f"AWS::::Account:{account}", **place}]


def _call(alert: Alert) -> dict[str, Any]:
    first = alert.first
    service, _, operation = first.action.partition(":")
    address = first.source_ip_address.strip()
    known = is_address(address) or is_public_address(address)
    where = {"IpAddressV4": address} if known and ":" not in address else {}
    return {
        "Api": _cut(operation.strip() or service.strip() or "unknown", MAX_CALL),
        "ServiceName": _cut(service.strip() or "unknown", MAX_CALL),
        "CallerType": "remoteIp" if known else "domain",
        **({"RemoteIpDetails": where} if where else {}),
        **({} if known or not address else {"DomainDetails": {"Domain": _cut(address, MAX_CALL)}}),
        **_span(alert, "FirstSeen", "LastSeen"),
    }


def dated(finding: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """Return a finding that was made at a moment, where no event tells when it happened."""
    if finding["CreatedAt"] != _time(UNKNOWN_TIME):
        return finding
    fields = {**finding["ProductFields"], "trailwarden/time": "unknown: CreatedAt is when it came"}
    times = {"CreatedAt": _time(moment), "UpdatedAt": _time(moment)}
    return {**finding, **times, "ProductFields": fields}


def as_of(text: str, moment: datetime) -> str:
    """Return a rendered finding as of a moment, where no event tells when it happened."""
    return line(dated(json.loads(text), moment))


def _span(alert: Alert, first: str, last: str) -> dict[str, str]:
    """Return the times of the first and the last event under these names, if they are known."""
    if UNKNOWN_TIME in (alert.first_seen, alert.last_seen):
        return {}
    return {first: _time(alert.first_seen), last: _time(alert.last_seen)}


def _time(time: datetime) -> str:
    """Return a time in UTC, as Security Hub takes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cut(text: str, limit: int) -> str:
    """Return a text that is not longer, and has no control characters.

    >>> _cut("abcdef", 5)
    'ab...'
    """
    shown = printable(text, limit=limit)
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
