"""Something that protects the account was deleted or stopped.

One list of everything that security depends on, for teams that want to see all of it in one place.
Each of these has a rule of its own, which is on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> str:
    return event.action[:80] if event.succeeded else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:StopConfigurationRecorder",
        "ec2:DeleteFlowLogs",
        "ec2:DisableEbsEncryptionByDefault",
        "events:DeleteRule",
        "events:DisableRule",
        "guardduty:DeleteDetector",
        "logs:DeleteLogGroup",
        "monitoring:DeleteAlarms",
        "s3:DeleteAccountPublicAccessBlock",
        "securityhub:DisableSecurityHub",
        "wafv2:DeleteIPSet",
        "wafv2:DeleteWebACL",
    ],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562", "T1562.008"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every planned clean-up.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("an alarm", record("monitoring:DeleteAlarms", alice))
    yield alerts("a detector", record("guardduty:DeleteDetector", alice))
    yield silent("a rule of a load balancer", record("elasticloadbalancing:DeleteRule", alice))
    yield silent("a refusal", denied("monitoring:DeleteAlarms", alice))
