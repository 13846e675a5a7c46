"""Quota for compute, mail or models asked to be raised.

New accounts can run little and send few mails, so whoever means to mine or to spam asks for more
first. Owners ask too, but rarely, and they know of it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))

COSTLY_SERVICES = (
    "bedrock",
    "batch",
    "ec2",
    "ecs",
    "eks",
    "fargate",
    "gamelift",
    "lambda",
    "lightsail",
    "monitron",
    "sagemaker",
    "ses",
    "sms-voice",
    "sns",
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    service = event.text("requestParameters.serviceCode").lower()
    if event.service == "support":
        is_quota = service.startswith("service-limit-increase")
        return Match("in a support case") if is_quota else None
    if service not in COSTLY_SERVICES:
        return None
    quota = event.text("requestParameters.quotaCode")[:20]
    return Match(f"{service} {quota} in {event.aws_region[:20]}", subject=service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "servicequotas:RequestServiceQuotaIncrease",
        "servicequotas:PutServiceQuotaIncreaseRequestIntoTemplate",
        "support:CreateCase",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496", "T1496.001"]},
    response="Ask whoever did it what for. If nobody knows, withdraw the request with AWS Support, "
    "disable the caller's credentials, and look for what they started already.",
    false_positives="A team that grows.",
)


def examples() -> Iterator[Example]:
    mallory, vcpus = iam_user("mallory"), {"serviceCode": "ec2", "quotaCode": "L-1216C47A"}
    yield alerts("more instances", asked(mallory, vcpus))
    yield alerts("more mail", asked(mallory, {"serviceCode": "ses"}))
    case = {"serviceCode": "service-limit-increase-ec2-instances", "issueType": "customer-service"}
    yield alerts("in a support case", asked(mallory, case, "support:CreateCase"))
    yield silent("the pipeline", asked(assumed_role("deploy"), vcpus))
    yield silent("more addresses", asked(mallory, {"serviceCode": "vpc"}))
    other = {"serviceCode": "support-api", "issueType": "technical"}
    yield silent("another support case", asked(mallory, other, "support:CreateCase"))
    yield silent("a refusal", denied("servicequotas:RequestServiceQuotaIncrease", mallory))


def asked(
    who: Fields,
    request: Fields,
    action: str = "servicequotas:RequestServiceQuotaIncrease",
) -> Record:
    return record(action, who, requestParameters=request)
