"""Inline policy written to a group.

An inline policy of a group gives rights to all its members at once. No list of policies shows it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import policy_name


def detect(event: Event) -> Match:
    group = event.request("groupName")
    return Match(f"{policy_name(event)} to {group}", subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:PutGroupPolicy"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Read the policy and the list of the group's members. If nobody approved the policy, "
    "delete it. Review what the caller and the members did since.",
    false_positives="An administrator changes a group by hand.",
)


def examples() -> Examples:
    put, document = "iam:PutGroupPolicy", policy("s3:GetObject", "arn:aws:s3:::photos/*")
    inline: Fields = {"groupName": "staff", "policyName": "p", "policyDocument": document}
    yield alerts("a policy", request(put, **inline), subject="staff", label="p to staff")
    yield silent("a refused request", refused(put))
