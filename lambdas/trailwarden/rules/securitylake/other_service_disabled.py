"""Security service disabled.

Security Lake, Shield, Firewall Manager and Audit Manager collect evidence, hold off attacks or call
for help. People switch them on once, and nobody misses them until an emergency.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = (
    *("policyId", "protectionId", "subscriberId", "membershipId", "adminAccount", "account"),
    *("deploymentIdentifier", "policyIdentifier"),
)


def detect(event: Event) -> Match:
    name = event.request(*NAMES) or event.aws_region
    return Match(f"{event.service}: {event.name} {name}", subject=event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "auditmanager:DeregisterAccount",
        "auditmanager:DeregisterOrganizationAdminAccount",
        "fms:DeletePolicy",
        "fms:DisassociateAdminAccount",
        "network-security-manager:DeleteDeployment",
        "network-security-manager:DeletePolicy",
        "security-ir:CancelMembership",
        "securitylake:DeleteAwsLogSource",
        "securitylake:DeleteCustomLogSource",
        "securitylake:DeleteDataLake",
        "securitylake:DeleteDataLakeOrganizationConfiguration",
        "securitylake:DeleteSubscriber",
        "securitylake:DeregisterDataLakeDelegatedAdministrator",
        "shield:DeleteProtection",
        "shield:DeleteSubscription",
        "shield:DisableApplicationLayerAutomaticResponse",
        "shield:DisableProactiveEngagement",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Ask the caller. If they did not plan it, switch the service on again and revoke "
    "their access. Then look for other services that they turned off.",
    false_positives="The owner gives a service up, or takes a resource down with its shield.",
)


def examples() -> Examples:
    shield = request("shield:DeleteProtection", protectionId="a1b2")
    yield alerts("a shield", shield, subject="shield:DeleteProtection")
    yield alerts("the lake", request("securitylake:DeleteDataLake", regions=["us-east-1"]))
    firewalls = f"arn:aws:network-security-manager:us-east-1:{ACCOUNT}:deployment/all"
    gone = request("network-security-manager:DeleteDeployment", deploymentIdentifier=firewalls)
    label = f"network-security-manager: DeleteDeployment {firewalls}"
    yield alerts("firewalls of many accounts", gone, severity=Severity.HIGH, label=label)
    yield silent(
        "an IAM policy", request("iam:DeletePolicy", policyArn="arn:aws:iam::aws:policy/x")
    )
    yield alerts("refused", refused("securitylake:DeleteDataLake"), severity=Severity.MEDIUM)
