"""Security setting removed.

One list of everything that security depends on, for teams that want all of it in one place. Each
act has a rule of its own, which is on.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


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
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562", "T1562.008"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every planned clean-up.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    deleted = request("guardduty:DeleteDetector", detectorId="12abc34d")
    yield alerts("a detector", deleted, label="DeleteDetector 12abc34d")
    yield silent("a rule of a load balancer", request("elasticloadbalancing:DeleteRule"))
    yield silent("refused", refused("monitoring:DeleteAlarms"))
