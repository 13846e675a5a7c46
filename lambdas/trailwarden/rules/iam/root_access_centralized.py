"""Root access of the organization's accounts centralized.

The management account, or an account that it names, may then act as root in every member account.
One session is enough to open any bucket or queue of the organization.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "EnableOrganizationsRootCredentialsManagement": "Root credentials of all accounts centralized",
    "EnableOrganizationsRootSessions": "Root sessions in all accounts allowed",
}


def detect(event: Event) -> Match:
    account = event.recipient_account_id
    return Match(f"{event.name} in {account}", subject=account, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1078.004"], Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owners of the organization. If nobody planned it, switch it off. Look for "
    "`AssumeRoot` in every account.",
    false_positives="The set-up of central root access, once for an organization.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html"],
)


def examples() -> Examples:
    enable = "iam:EnableOrganizationsRootSessions"
    label = "EnableOrganizationsRootSessions in 111122223333"
    yield alerts("sessions", request(enable), subject="111122223333", label=label)
    yield alerts("credentials", request("iam:EnableOrganizationsRootCredentialsManagement"))
    yield alerts("refused", refused(enable), severity=Severity.MEDIUM)
    failed = request(enable, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
