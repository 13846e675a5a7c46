"""Parts of a synthesized stack: its functions, what their roles may, and queues."""

from collections.abc import Callable
from typing import Any

from tests.infra.templates import Resources, of_type

Deployed = Callable[..., Resources]

ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_prefix": "org",
    "adopted_key_arn": "arn:aws:kms:eu-north-1:444455556666:key/1234abcd",
    "adopted_trail_arn": "arn:aws:cloudtrail:eu-central-1:444455556666:trail/organization",
}
TOPIC = "arn:aws:sns:eu-north-1:444455556666:new-log-files"


def one(found: Resources, kind: str, part: str = "") -> dict[str, Any]:
    """Return the properties of the only resource of a kind whose logical id holds `part`."""
    [resource] = [r for name, r in of_type(found, kind).items() if part in name]
    properties: dict[str, Any] = resource["Properties"]
    return properties


def role_statements(found: Resources, name: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = one(found, "IAM::Policy", f"{name.title()}FunctionRole")[
        "PolicyDocument"
    ]["Statement"]
    return told


def queue_name(arn: Any) -> str:
    """Return the logical id in the ARN of a resource of the stack."""
    name: str = arn["Fn::GetAtt"][0]
    return name
