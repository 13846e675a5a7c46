"""Policy of a VPC endpoint opened to everything.

An endpoint's policy keeps data inside, because it lists the buckets and accounts that the network
may reach. A policy that allows everything lets data out to any account, without the internet.
"""

from dataclasses import replace
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    policy,
    refused,
    request,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.conditions import Setting, Truth
from trailwarden.policy.document import Statement, statements
from trailwarden.policy.known import limits_to_known
from trailwarden.services.ec2 import first, values


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    endpoint = first(event, "vpcEndpointId")
    if any(str(value).lower() == "true" for value in values(parameters, "resetPolicy")):
        return Match(state(limited=False), subject=endpoint)
    policies = list(values(parameters, "policyDocument"))
    opened = [s for p in policies for s in statements(p) if is_open(s, event)]
    if not opened:
        return Match(state(limited=True), subject=endpoint) if policies else None
    setting = Setting.of(event)
    narrowed = all(s.takes_effect(setting) is Truth.SOMETIMES for s in opened)
    severity = Severity.LOW if narrowed else Severity.MEDIUM
    return Match(state(limited=False), severity=severity, subject=endpoint)


def by_endpoint(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{first(event, 'vpcEndpointId')}"


def is_open(statement: Statement, event: Event) -> bool:
    """Say whether a statement allows everything, to more than what the environment knows."""
    is_limited = any(limits_to_known(limit, event) for limit in statement.limits)
    return statement.allows and lets_data_out(statement) and not is_limited


def lets_data_out(statement: Statement) -> bool:
    """Say whether it is about all of a service, on all resources: an endpoint has one service."""
    if statement.covers_everything:
        return True
    services = {pattern.partition(":")[0].lower() for pattern in statement.actions}
    services |= {pattern.split(":")[2] for pattern in statement.resources if ":::" in pattern}
    uploads = statement.covers_action("s3:PutObject") and statement.covers_all_of("s3")
    return uploads or any(
        statement.covers_service(service) and statement.covers_all_of(service)
        for service in services
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyVpcEndpoint"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Put the former policy back. Ask the caller why they changed it. If nobody can say, "
    "look at the data that went through the endpoint to other accounts since then.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_endpoint, unknown=Severity.CRITICAL),
    false_positives="An engineer looks for the reason of a refused request.",
)


ENVIRONMENT = replace(DEPLOYED, organization_id="o-example")


def examples() -> Examples:
    everything = policy("*", Principal="*")
    medium, endpoint = Severity.MEDIUM, "vpce-0123456789abcdef0"
    opening = change(PolicyDocument=everything)
    yield alerts("everything", opening, severity=medium, subject=endpoint)
    yield alerts("the default policy", change(ResetPolicy=True), label="limited: off")
    parameters = opening["requestParameters"]
    yield alerts("a refused one", refused(ACTION, **parameters), severity=Severity.LOW)
    own = policy("s3:*", "arn:aws:s3:::own/*", Principal="*")
    yield silent("one bucket", change(PolicyDocument=own))
    for action, resource in (
        ("s3:*", "*"),
        ("*", "arn:aws:s3:::*"),
        (["s3:Get*", "s3:Put*"], ["arn:aws:s3:::*/*"]),
        ("dynamodb:*", "*"),
    ):
        service = change(PolicyDocument=policy(action, resource, Principal="*"))
        yield alerts(f"{action} on {resource}", service, severity=medium, subject=endpoint)
    for action, resource in (("s3:GetObject", "*"), ("dynamodb:*", "arn:aws:dynamodb:*:1:table/t")):
        some = change(PolicyDocument=policy(action, resource, Principal="*"))
        yield silent(f"{action} on {resource}", some)
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}
    limited = policy("*", Principal="*", Condition=organization)
    yield silent("everything, for the organization", change(PolicyDocument=limited))
    theirs = {"StringEquals": {"aws:PrincipalOrgID": "o-theirs"}}
    foreign = policy("*", Principal="*", Condition=theirs)
    yield alerts("another organization", change(PolicyDocument=foreign), severity=medium)
    vague = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    narrowed = policy("*", Principal="*", Condition=vague)
    yield alerts("a tag", change(PolicyDocument=narrowed), severity=Severity.LOW)
    resources = {"StringEquals": {"aws:ResourceOrgID": "o-example"}}
    inside = policy("*", Principal="*", Condition=resources)
    yield silent("the organization's resources", change(PolicyDocument=inside))
    yield from compared(everything, own)
    yield silent("a route table", change(AddRouteTableId="rtb-0123456789abcdef0"))


ACTION = "ec2:ModifyVpcEndpoint"


def compared(everything: str, own: str) -> Examples:
    known, again = change(DEPLOYER, PolicyDocument=everything), change(day=2, ResetPolicy=True)
    yield silent("by a pipeline", known)
    yield silent("open before", known, again)
    yield alerts("limited between", known, change(day=1, PolicyDocument=own), again)
    yield silent("known for long", known, change(day=400, PolicyDocument=everything))
    yield alerts("known too long ago", known, change(day=401, PolicyDocument=everything))
    yield alerts("of another Region", {**known, "awsRegion": "eu-west-1"}, again)


def change(by: Fields = USER, *, day: float = 0, **parameters: Any) -> Record:
    endpoint = {"VpcEndpointId": "vpce-0123456789abcdef0"}
    return request(ACTION, by, day=day, ModifyVpcEndpointRequest=endpoint | parameters)
