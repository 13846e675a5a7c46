"""Web site or load balancer accepts outdated encryption.

Old versions of TLS, or none, let whoever sits between the visitor and the service read along.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts

OUTDATED = frozenset({"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"})


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    asked = event.get("requestParameters")
    versions = texts(asked, "minimumProtocolVersion")
    policies = texts(asked, "sslPolicy", "policyNames")
    weak = [version for version in versions if version in OUTDATED]
    weak += [name for name in policies if is_outdated(name)]
    if event.name == "ModifyListener" and "HTTP" in texts(asked, "protocol"):
        weak.append("no TLS")
    return weak[0][:60] if weak else None


def is_outdated(policy_name: str) -> bool:
    modern = ("TLS13", "TLS-1-2", "FS-1-2")
    return policy_name.startswith("ELBSecurityPolicy-") and not any(
        m in policy_name for m in modern
    )


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
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1557"]},
    response="Set a policy that begins at TLS 1.2. Ask whoever chose the old one which visitors "
    "need it.",
    false_positives="Visitors with very old devices. Some of the policies that AWS sets by "
    "default.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("a distribution", distribution("TLSv1"))
    yield alerts("a listener", listener(sslPolicy="ELBSecurityPolicy-2016-08", protocol="HTTPS"))
    yield alerts("a listener without TLS", listener(protocol="HTTP"))
    yield silent("a modern distribution", distribution("TLSv1.2_2021"))
    modern = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    yield silent("a modern listener", listener(sslPolicy=modern, protocol="HTTPS"))


def distribution(version: str) -> Record:
    asked: Fields = {
        "distributionConfig": {"viewerCertificate": {"minimumProtocolVersion": version}}
    }
    action = "cloudfront:UpdateDistribution2020_05_31"
    return record(action, iam_user("alice"), requestParameters=asked)


def listener(**asked: str) -> Record:
    action = "elasticloadbalancing:ModifyListener"
    return record(action, iam_user("alice"), requestParameters=asked)
