"""Organization, its accounts or its policies changed.

The CIS benchmark asks for an alarm on any change of the organization. The dangerous ones have
rules of their own, which are on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record


def detect(event: Event) -> str:
    return event.name[:60]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:AcceptHandshake",
        "organizations:AttachPolicy",
        "organizations:CancelHandshake",
        "organizations:CreateAccount",
        "organizations:CreateOrganization",
        "organizations:CreateOrganizationalUnit",
        "organizations:CreatePolicy",
        "organizations:DeclineHandshake",
        "organizations:DeleteOrganization",
        "organizations:DeleteOrganizationalUnit",
        "organizations:DeletePolicy",
        "organizations:DetachPolicy",
        "organizations:DisablePolicyType",
        "organizations:EnableAllFeatures",
        "organizations:EnablePolicyType",
        "organizations:InviteAccountToOrganization",
        "organizations:LeaveOrganization",
        "organizations:MoveAccount",
        "organizations:RemoveAccountFromOrganization",
        "organizations:UpdateOrganizationalUnit",
        "organizations:UpdatePolicy",
    ],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1666"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a unit is made", record("organizations:CreateOrganizationalUnit", alice))
    yield alerts("a policy is attached", record("organizations:AttachPolicy", alice))
    yield silent("accounts are listed", record("organizations:ListAccounts", alice))
    yield silent("an IAM policy is deleted", record("iam:DeletePolicy", alice))
