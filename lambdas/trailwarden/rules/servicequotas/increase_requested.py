"""Higher quota requested for compute.

New accounts can run little and send few mails, so a miner or spammer asks for more first. Owners
ask rarely, and they know of it.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

COSTLY_SERVICES = (
    *("bedrock", "batch", "ec2", "ecs", "eks", "fargate", "gamelift", "lambda", "lightsail"),
    *("monitron", "sagemaker", "ses", "sms-voice", "sns"),
)


def detect(event: Event) -> Match | None:
    service = event.request("serviceCode").lower()
    if event.service == "support":
        is_quota = service.startswith("service-limit-increase")
        return Match(f"{service} in a support case") if is_quota else None
    if service not in COSTLY_SERVICES:
        return None
    label = f"{service} {event.request('quotaCode')} in {event.aws_region}"
    return Match(label, subject=service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "servicequotas:RequestServiceQuotaIncrease",
        "servicequotas:PutServiceQuotaIncreaseRequestIntoTemplate",
        "support:CreateCase",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496", "T1496.001"]},
    response="Ask the caller for the reason. If nobody knows it, withdraw the request with AWS "
    "Support and disable the caller's credentials. Then look for resources that they started.",
    false_positives="A team that grows.",
)


def examples() -> Examples:
    ask, template = "RequestServiceQuotaIncrease", "PutServiceQuotaIncreaseRequestIntoTemplate"
    vcpus: Fields = {"serviceCode": "ec2", "quotaCode": "L-1216C47A"}
    more = request(f"servicequotas:{ask}", **vcpus, **VALUE)
    yield alerts("more instances", more, subject="ec2", label="ec2 L-1216C47A in us-east-1")
    everywhere = request(f"servicequotas:{template}", **vcpus, **VALUE, awsRegion="eu-west-1")
    yield alerts("in new accounts", everywhere)
    case = "support:CreateCase"
    words: Fields = {"subject": "s", "communicationBody": "HIDDEN"}
    limits = "service-limit-increase-ec2-instances"
    yield alerts("a support case", request(case, serviceCode=limits, **words))
    addresses = request(f"servicequotas:{ask}", serviceCode="vpc", quotaCode="L-1", **VALUE)
    yield silent("more addresses", addresses)
    yield silent("another support case", request(case, serviceCode="support-api", **words))
    yield silent("refused", refused(f"servicequotas:{ask}"))


VALUE: dict[str, Any] = {"desiredValue": 1000.0}
