"""Database security group of the old kind changed.

Security groups inside RDS belong to a network that AWS has closed. Nothing legitimate changes them
any more; opening one to the world would expose the databases behind it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    group = event.text("requestParameters.dBSecurityGroupName")[:80]
    block = event.text("requestParameters.cIDRIP")[:50]
    severity = Severity.HIGH if block.endswith("/0") else None
    return Match(f"{event.name} {group} {block}".strip(), severity=severity, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:AuthorizeDBSecurityGroupIngress",
        "rds:CreateDBSecurityGroup",
        "rds:DeleteDBSecurityGroup",
        "rds:RevokeDBSecurityGroupIngress",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Ask the user what the change is for, and undo it if it opens a database to "
    "addresses that are not yours.",
    false_positives="A very old script.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    opened = change("rds:AuthorizeDBSecurityGroupIngress", mallory, cIDRIP="0.0.0.0/0")
    yield alerts("opened to the world", opened)
    yield alerts("created", change("rds:CreateDBSecurityGroup", mallory))
    yield silent("the pipeline", change("rds:DeleteDBSecurityGroup", assumed_role("deploy")))
    yield silent("a refusal", denied("rds:CreateDBSecurityGroup", mallory))


def change(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"dBSecurityGroupName": "databases"} | parameters
    return record(action, identity, requestParameters=told)
