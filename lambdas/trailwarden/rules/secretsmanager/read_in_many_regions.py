"""Secrets read in several Regions within minutes.

Programs live in one Region, perhaps with a replica in a second. A principal that goes through the
Regions does not know where anything is.

The same Regions on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit, of_thing
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent


def detect(event: Event) -> Match | None:
    # Scanners list everywhere, but they come with roles.
    if event.name == "ListSecrets" and event.caller is not Caller.ACCESS_KEY:
        return None
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecrets",
    ],
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could read, most privileged first. Look for sign-ins with them since.",
    false_positives="A tool for inventories. Name its role in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor, kinds=of_thing),
    references=["https://attack.mitre.org/techniques/T1555/006/"],
)

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


def examples() -> Examples:
    yield alerts("read in three Regions", *tour("GetSecretValue", USER))
    yield alerts("listed with a key", *tour("ListSecrets", USER))
    yield alerts("in batches", *tour("BatchGetSecretValue", USER))
    yield silent("two Regions", *tour("GetSecretValue", USER)[:2])
    yield silent("a role lists", *tour("ListSecrets", ROLE))
    yield from examples_of_habit(*tour("GetSecretValue", USER), told=Severity.HIGH)


def tour(call: str, by: Fields) -> list[Record]:
    parameters: Fields = {"secretId": "app"} if call == "GetSecretValue" else {}
    return [
        request(f"secretsmanager:{call}", by, minute=n, fields={"awsRegion": region}, **parameters)
        for n, region in enumerate(REGIONS)
    ]
