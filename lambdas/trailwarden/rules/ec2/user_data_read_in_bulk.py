"""User data of many instances read.

Start-up scripts often hold passwords and tokens. Every principal that may describe an instance can
read them, so reading them all is a cheap harvest.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match | None:
    reads_user_data = event.request("attribute").lower() == "userdata"
    if event.name == "DescribeInstanceAttribute" and not reads_user_data:
        return None
    instance = first(event, "instanceId")
    return Match(instance) if instance else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeInstanceAttribute", "ec2:GetLaunchTemplateData"],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.DISCOVERY: ["T1580"]},
    response="Ask the caller. If they did not do it, disable the credentials. Change every secret "
    "in the user data of these instances.",
    false_positives="Scanners of the security team, and Terraform, which compares user data. Name "
    "their roles in `security_roles` and `deploy_roles`.",
    correlation=ValueCount(at_least=10, in_a_day=30, timespan=30 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    ten = [read(n) for n in range(10)]
    yield alerts("ten instances", *ten, label="i-9")
    templates = [
        request("ec2:GetLaunchTemplateData", minute=n, GetLaunchTemplateDataRequest=instance)
        for n, instance in enumerate({"InstanceId": f"i-{n}"} for n in range(10))
    ]
    yield alerts("as templates", *templates, label="i-9")
    denial = "Client.UnauthorizedOperation"
    yield alerts("ten refused reads", *[{**one, "errorCode": denial} for one in ten])
    yield silent("nine instances", *ten[:9])
    other = [read(n, attribute="disableApiTermination") for n in range(10)]
    yield silent("another attribute", *other)
    yield silent("one instance, ten times", *[read(1, minute=n) for n in range(10)])
    yield alerts("30 within a day", *map(read, range(30)))
    yield from examples_of_habit(*ten, told=Severity.MEDIUM)


def read(number: int, *, attribute: str = "userData", minute: int = 0) -> Record:
    fields: Fields = {"attribute": attribute, "instanceId": f"i-{number}"}
    return request("ec2:DescribeInstanceAttribute", minute=minute or number, **fields)
