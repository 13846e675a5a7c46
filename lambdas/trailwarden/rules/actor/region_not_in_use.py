"""Resources made in a Region that is not in use.

Nobody looks at the machines, bills or dashboards of a Region where nothing is supposed to be. That
is why miners and spammers go there.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.actions import CREATIONS

ENVIRONMENT = Environment(used_regions=("us-east-1", "eu-west-1"))

GLOBAL = frozenset({"account", "cloudfront"})


def detect(event: Event) -> Match | None:
    used = event.environment.used_regions
    if not event.succeeded or event.by_service or event.service in GLOBAL:
        return None
    if not used or not event.aws_region or event.aws_region in used:
        return None
    region = event.aws_region[:40]
    return Match(f"{event.action} in {region}", subject=region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=CREATIONS,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller what is to run there. If they did not do it, revoke their access, "
    "delete what was made in every Region that is not in use, and deny those Regions by policy.",
    false_positives="A Region that is coming into use; add it to the environment's.",
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("machines", call("ec2:RunInstances", "ap-south-1"))
    yield alerts("a function", call("lambda:CreateFunction20150331", "sa-east-1"))
    yield silent("where one works", call("ec2:RunInstances", "eu-west-1"))
    mallory = iam_user("mallory")
    refused = denied("ec2:RunInstances", mallory, awsRegion="ap-south-1")
    yield silent("refused", refused)


def call(action: str, region: str) -> Record:
    return record(action, iam_user("mallory"), awsRegion=region)
