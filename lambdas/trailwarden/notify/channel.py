"""How an output goes out; its module says so in `CHANNEL`."""

from enum import StrEnum


class Channel(StrEnum):
    """The ways that messages go out."""

    TOPIC = "topic"
    """Over an SNS topic of its own, which the stack makes. An output that says nothing does so."""
    BUS = "bus"
    """On an EventBridge bus, which the stack makes."""
    SECURITY_HUB = "security_hub"
    """Into Security Hub of the home account and Region."""
    LAKE = "lake"
    """As files of many alerts in a bucket of S3, with each sweep."""
    MAIL = "mail"
    """By mail to one address of `routes`, over an SNS topic of its own, which the stack makes."""
    WEBHOOK = "webhook"
    """To a web address of somebody else, with a secret that the user keeps."""
