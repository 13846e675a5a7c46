"""Events sent to another account.

A rule with an outside target hands over its events silently: stored objects, read secrets, changes.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import DEPLOYMENT
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.sharing import is_foreign

WEBSITES = frozenset({"CreateApiDestination", "UpdateApiDestination"})
WEBSITE = "Events sent to a website"


def detect(event: Event) -> Match | None:
    if foreign := next((arn for arn in targets(event) if is_foreign(arn, event)), ""):
        return Match(f"{event.name} to {foreign}", subject=foreign)
    site = event.request("invocationEndpoint")
    if not site or event.name not in WEBSITES or event.caller in DEPLOYMENT:
        return None
    return Match(site, severity=Severity.MEDIUM, subject=site, title=WEBSITE)


def targets(event: Event) -> Iterator[str]:
    """Yield the ARN of each target of a rule, schedule, pipe or subscriber, and what is beside."""
    paths = ("targets", "target", "enrichment", "invokeConfiguration", "onFailureConfiguration")
    for target in (t for path in paths for t in event.listed(f"requestParameters.{path}")):
        yield text_of(target) or text_of(dig(target, "arn")) or text_of(dig(target, "targetArn"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "events:CreateApiDestination",
        "events:CreateSubscriber",
        "events:PutTargets",
        "events:UpdateApiDestination",
        "events:UpdateSubscriber",
        "pipes:CreatePipe",
        "pipes:UpdatePipe",
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1546"], Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Remove the target, and look at the events that the rule matched since. Ask the "
    "caller for the owner of the account or website.",
    false_positives="A partner or vendor. Name its account in `trusted_accounts`.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    outside, inside = (
        f"arn:aws:events:us-east-1:{a}:event-bus/b" for a in (OTHER_ACCOUNT, ACCOUNT)
    )
    put = "events:PutTargets"
    ruled = request(put, rule="r", targets=[{"id": "1", "arn": outside}])
    yield alerts("a rule", ruled, severity=Severity.HIGH, subject=outside)
    window: dict[str, Any] = {"flexibleTimeWindow": {}, "scheduleExpression": "rate(1 day)"}
    for call in ("CreateSchedule", "UpdateSchedule"):
        action = f"scheduler:{call}"
        yield alerts(call, request(action, name="s", target={"arn": outside}, **window))
    pipe: dict[str, Any] = {"name": "p", "roleArn": "r", "source": "s", "target": outside}
    yield alerts("a pipe", request("pipes:CreatePipe", **pipe))
    changed = request("pipes:UpdatePipe", name="p", roleArn="r", target=outside)
    yield alerts("a changed pipe", changed)
    asked = request("pipes:UpdatePipe", name="p", roleArn="r", enrichment=outside)
    yield alerts("an enrichment", asked, subject=outside)
    for call, named in (("CreateSubscriber", "name"), ("UpdateSubscriber", "subscriberArn")):
        to: dict[str, Any] = {named: "s", "invokeConfiguration": {"targetArn": outside}}
        bus = {"eventBusArn": inside} if call == "CreateSubscriber" else {}
        heard = request(f"events:{call}", **to | bus)
        yield alerts(f"a subscriber: {call}", heard, subject=outside)
    site: dict[str, Any] = {
        "invocationEndpoint": "https://drop.example.com/",
        "name": "d",
        "connectionArn": "c",
        "httpMethod": "POST",
    }
    website = request("events:CreateApiDestination", **site)
    yield alerts("a website", website, severity=Severity.MEDIUM)
    moved: dict[str, Any] = {"name": "d", "invocationEndpoint": "https://drop.example.com/"}
    turned = request("events:UpdateApiDestination", **moved)
    yield alerts("an old website's place", turned, severity=Severity.MEDIUM)
    slower = request("events:UpdateApiDestination", name="d", invocationRateLimitPerSecond=1)
    yield silent("a website that stays where it is", slower)
    deployed = request("events:CreateApiDestination", DEPLOYER, **site)
    yield silent("a website, deployed", deployed)
    yield silent("an own bus", request(put, rule="r", targets=[{"id": "1", "arn": inside}]))
    yield silent("refused", refused(put))
