"""Writes alerts as findings that Security Hub imports: `docs/outputs/securityhub.md`.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html

Security Hub takes findings of the account that calls alone. So each is one of the home account, and
names the account that it is about among its resources. Nothing that people write is in it.
"""

import json
from datetime import datetime
from typing import Any

from trailwarden.detection.alert import Alert
from trailwarden.notify import asff
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.channel import Channel
from trailwarden.notify.json import line

CHANNEL = Channel.SECURITY_HUB
as_of = asff.as_of
ID = "trailwarden/"
"""How the id of a finding begins; the id of the alert follows."""

_NOT_IMPORTED = ("AwsAccountName", "Region", "Severity", "Types", "Workflow")
"""What Security Hub fills in, and what people may have changed.

What a provider thinks of severity and types has a place of its own.
"""


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as a finding that lacks its importer: `imported` adds that."""
    finding = asff.finding(alert, names)
    provided = {name: finding[name] for name in ("Severity", "Types")}
    kept = {name: value for name, value in finding.items() if name not in _NOT_IMPORTED}
    return line(
        {**kept, "FindingProviderFields": provided, "Resources": _resources(finding, alert, names)}
    )


def imported(text: str, product_arn: str, moment: datetime) -> dict[str, Any]:
    """Return a finding as the account of `product_arn` imports it at a moment.

    A later moment makes it an update; Security Hub ignores any other.
    """
    finding: dict[str, Any] = json.loads(text)
    return {
        **asff.dated(finding, moment),
        "AwsAccountId": product_arn.split(":")[4],
        "ProductArn": product_arn,
        "UpdatedAt": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _resources(finding: dict[str, Any], alert: Alert, names: AccountNames) -> list[dict[str, Any]]:
    """Return the account that a finding is about, and the things that it touches."""
    account = finding["AwsAccountId"]
    name = finding.get("AwsAccountName") or names.get(alert.first.account_id, "")
    first = {
        "Type": "AwsAccount",
        "Id": f"AWS::::Account:{account}",
        "Partition": finding["Resources"][0]["Partition"],
        "Region": finding["Region"],
        **({"Tags": {"trailwarden/account_name": name[:50]}} if name else {}),
    }
    others = [one for one in finding["Resources"] if one["Type"] != "AwsAccount"]
    return [first, *others][: asff.MOST_RESOURCES]
