"""File transfer server, user or device set up by hand.

An SFTP server in front of a bucket, or a device that is shipped with its content, takes data out
past everything that watches S3. A user with a new SSH key needs no AWS credentials at all.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

NAMES = ("userName", "serverId", "url", "gatewayName", "jobType")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    names = (event.text(f"requestParameters.{name}") for name in NAMES)
    return Match(f"{event.service}:{event.name} {next(filter(None, names), '')[:80]}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "snowball:CreateJob",
        "storagegateway:ActivateGateway",
        "transfer:CreateConnector",
        "transfer:CreateServer",
        "transfer:CreateUser",
        "transfer:ImportSshPublicKey",
        "transfer:StartServer",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1048", "T1567"]},
    response="Ask the user who is to transfer what. If it was not them, stop the server, delete "
    "the user, and look at what was transferred in the server's log.",
    false_positives="Teams that exchange files with partners, and add those by hand.",
    references=[
        "https://docs.aws.amazon.com/transfer/latest/userguide/what-is-aws-transfer-family.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a server", call("transfer:CreateServer", mallory))
    yield alerts("a key", call("transfer:ImportSshPublicKey", mallory, userName="partner"))
    yield alerts("a device", call("snowball:CreateJob", mallory, jobType="EXPORT"))
    yield silent("the pipeline", call("transfer:CreateUser", assumed_role("deploy")))
    yield silent("a refusal", denied("transfer:CreateUser", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
