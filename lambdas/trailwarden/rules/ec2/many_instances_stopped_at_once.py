"""Ten or more instances were terminated or stopped by one request.

A wiper or an extortionist needs one request for everything that runs. Services that scale do this
all day, one instance at a time and under their own name.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, instance_ids

MANY = 10


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    stops = event.name == "StopInstances"
    if stops and identity.is_assumed_role and not identity.is_sso_role:
        return None
    count = len(instance_ids(event))
    if count < MANY:
        return None
    severity = Severity.MEDIUM if stops else None
    return Match(f"{event.name}: {count} instances", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:TerminateInstances", "ec2:StopInstances"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1489", "T1529"]},
    response="Ask whoever did it. If it was not them, disable the credentials at once, then "
    "restore what matters most from backups and check that the backups are still there.",
    false_positives="A test environment that is taken down by hand. Schedulers stop instances in "
    "the evening: stops by a role are therefore left out, unless a person from IAM Identity Center "
    "has it.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("ten are terminated", ending("Terminate", alice, 10))
    yield alerts("ten are terminated by a role", ending("Terminate", assumed_role("admin"), 10))
    yield alerts("ten are stopped", ending("Stop", sso_user("alice"), 10))
    yield silent("nine are terminated", ending("Terminate", alice, 9))
    yield silent("a scheduler stops twenty", ending("Stop", assumed_role("scheduler"), 20))
    refused = {**ending("Terminate", alice, 10), "errorCode": "Client.UnauthorizedOperation"}
    yield silent("a refusal", refused)


def ending(verb: str, identity: Fields, count: int) -> Record:
    asked = {"instancesSet": {"items": [{"instanceId": f"i-{n}"} for n in range(count)]}}
    return record(f"ec2:{verb}Instances", identity, requestParameters=asked)
