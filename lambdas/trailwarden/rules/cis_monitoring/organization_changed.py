"""Organization changed.

The CIS benchmark wants an alarm on each change of the organization. The dangerous ones have rules
of their own, which are on.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
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
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1666"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    attach = "organizations:AttachPolicy"
    attached = request(attach, policyId="p-a1b2c3d4", targetId="ou-a1b2")
    yield alerts("a policy is attached", attached, label="AttachPolicy p-a1b2c3d4")
    yield alerts("refused", refused(attach))
    yield silent("accounts are listed", request("organizations:ListAccounts"))
    policy = "arn:aws:iam::111122223333:policy/p"
    yield silent("an IAM policy", request("iam:DeletePolicy", policyArn=policy))
