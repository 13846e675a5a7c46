"""Tags removed from many resources at once.

Tags decide about access, backups and exceptions. A resource without its tags loses that protection.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import in_short, texts, values

MANY = 10


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    arns = [text_of(arn) for held in values(parameters, "resourceARNList") for arn in listed(held)]
    resources = [*texts(parameters, "resourceId"), *arns]
    if len(resources) < MANY:
        return None
    return Match(f"{len(resources)} resources: {in_short(resources)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteTags", "tagging:UntagResources"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562", "T1578"]},
    response="Find out which tags went, and their meaning: access, backup or exceptions. Put them "
    "back where they protected a resource.",
    false_positives="An administrator renames tags by hand.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    ten = "10 resources: i-0, i-1, i-2 and 7 others"
    yield alerts("ten resources", removal(10), label=ten)
    arns = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue-{n}" for n in range(10)]
    untagged = request("tagging:UntagResources", resourceARNList=arns, tagKeys=["Backup"])
    yield alerts("by the tagging service", untagged)
    yield silent("nine resources", removal(9))


def removal(count: int) -> Record:
    resources = {"items": [{"resourceId": f"i-{n}"} for n in range(count)]}
    tags = {"items": [{"key": "Backup"}]}
    return request("ec2:DeleteTags", resourcesSet=resources, tagSet=tags)
