"""Outdated encryption accepted by a web site.

Old versions of TLS let an attacker between the visitor and the service read along. So does a
listener without TLS.
"""

from typing import Any

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts

OUTDATED = frozenset({"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"})
MODERN = ("TLS13", "TLS-1-2", "FS-1-2")


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    weak = [v for v in texts(parameters, "minimumProtocolVersion") if v in OUTDATED]
    weak += [name for name in texts(parameters, "sslPolicy", "policyNames") if is_outdated(name)]
    if event.name == "ModifyListener" and "HTTP" in texts(parameters, "protocol"):
        weak.append("no TLS")
    name = event.request("id", "listenerArn", "loadBalancerName", "loadBalancerArn")
    return Match(f"{weak[0]} {name}".strip()) if weak else None


def is_outdated(policy_name: str) -> bool:
    modern = any(word in policy_name for word in MODERN)
    return policy_name.startswith("ELBSecurityPolicy-") and not modern


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:CreateDistribution",
        "cloudfront:CreateDistributionWithTags",
        "cloudfront:UpdateDistribution",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:SetLoadBalancerPoliciesOfListener",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1557"]},
    response="Set a policy that begins at TLS 1.2. Ask the caller which visitors need the old one.",
    false_positives="Visitors with very old devices. Some of the policies that AWS sets by "
    "default.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    for call in ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution"):
        yield alerts(call, distribution(call, "TLSv1"), label="TLSv1")
    old, modern = "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS13-1-2-2021-06"
    yield alerts("a listener", listener(sslPolicy=old, protocol="HTTPS"), label=f"{old} l")
    yield alerts("a listener without TLS", listener(protocol="HTTP"), label="no TLS l")
    created = {"loadBalancerArn": "b", "defaultActions": [], "sslPolicy": old}
    yield alerts("a new one", call_of("CreateListener", **created), label=f"{old} b")
    classic = {"loadBalancerName": "b", "loadBalancerPort": 443, "policyNames": [old]}
    yield alerts("a classic one", call_of("SetLoadBalancerPoliciesOfListener", **classic))
    yield silent("a modern distribution", distribution("UpdateDistribution", "TLSv1.2_2021"))
    yield silent("a modern listener", listener(sslPolicy=modern, protocol="HTTPS"))


def distribution(call: str, version: str) -> Record:
    settings = {"viewerCertificate": {"minimumProtocolVersion": version}}
    return request(f"cloudfront:{call}2020_05_31", distributionConfig=settings)


def listener(**parameters: Any) -> Record:
    return call_of("ModifyListener", listenerArn="l", **parameters)


def call_of(event_name: str, **parameters: Any) -> Record:
    return request(f"elasticloadbalancing:{event_name}", **parameters)
