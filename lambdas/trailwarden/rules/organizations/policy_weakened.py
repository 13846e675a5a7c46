"""Policy of the organization detached, deleted or loosened.

Service and resource control policies are the only limit on an account's own administrators, and
trusted access is how security services reach into every account. Taking one away opens the way for
what it forbade.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.document import statements

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))

ALLOWS_ALL = ("p-FullAWSAccess", "p-RCPFullAWSAccess")
"""Policies that limit nothing: to detach one is to limit more."""

DONE = {
    "DetachPolicy": "policy detached",
    "DeletePolicy": "policy deleted",
    "DisablePolicyType": "policy type disabled",
    "DisableAWSServiceAccess": "trusted access disabled",
    "DeleteResourcePolicy": "delegation policy deleted",
    "PutResourcePolicy": "delegation policy changed",
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    policy_id = event.text("requestParameters.policyId")[:60]
    if event.name == "UpdatePolicy":
        return updated(event, policy_id)
    if event.name == "DetachPolicy" and policy_id in ALLOWS_ALL:
        return None
    what = (
        policy_id
        or event.text("requestParameters.policyType")
        or event.text("requestParameters.servicePrincipal")
    )
    return Match(f"{DONE.get(event.name, event.name)} {what[:60]}".strip())


def updated(event: Event, policy_id: str) -> Match | None:
    """Judge new content by what is left of it; without content only the name changed."""
    content = event.get("requestParameters.content")
    if not content and not event.omits_parameters:
        return None
    if any(not statement.allows for statement in statements(content)):
        return Match(f"policy changed {policy_id}", severity=Severity.MEDIUM)
    return Match(f"policy left without a denial {policy_id}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:DetachPolicy",
        "organizations:DeletePolicy",
        "organizations:UpdatePolicy",
        "organizations:DisablePolicyType",
        "organizations:DisableAWSServiceAccess",
        "organizations:DeleteResourcePolicy",
        "organizations:PutResourcePolicy",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001", "T1484"],
    },
    response="Ask whoever did it for the change request. Without one, put the policy back, revoke "
    "their access to the management account, and see what happened in the accounts it covered.",
    false_positives="A guardrail that is reworked by hand; list the pipeline's role among the "
    "deploy roles.",
)


def examples() -> Iterator[Example]:
    target = {"policyId": "p-a1b2c3d4", "targetId": "ou-a1b2-c3d4e5f6"}
    yield alerts("a policy is detached", done("DetachPolicy", target))
    yield alerts("a policy is deleted", done("DeletePolicy", {"policyId": "p-a1b2c3d4"}))
    kind = {"rootId": "r-a1b2", "policyType": "SERVICE_CONTROL_POLICY"}
    yield alerts("a kind of policy is disabled", done("DisablePolicyType", kind))
    guardduty = {"servicePrincipal": "guardduty.amazonaws.com"}
    yield alerts("GuardDuty loses its access", done("DisableAWSServiceAccess", guardduty))
    yield alerts("others may administer", done("PutResourcePolicy", {"content": policy("*")}))
    empty = {"policyId": "p-a1b2c3d4", "content": policy("*")}
    yield alerts("nothing is denied any more", done("UpdatePolicy", empty))
    changed = {"policyId": "p-a1b2c3d4", "content": policy("ec2:*", effect="Deny")}
    yield alerts("something is denied still", done("UpdatePolicy", changed, sso_user("alice")))
    yield silent("the pipeline changes it", done("UpdatePolicy", empty, assumed_role("deploy")))
    yield silent("a policy gets a new name", done("UpdatePolicy", {"policyId": "p-a", "name": "b"}))
    full = target | {"policyId": "p-FullAWSAccess"}
    yield silent("the policy that allows all is detached", done("DetachPolicy", full))
    yield silent("a refusal", denied("organizations:DetachPolicy", iam_user("mallory")))


def done(name: str, request: Fields, who: Fields | None = None) -> Record:
    mallory = iam_user("mallory")
    return record(f"organizations:{name}", who or mallory, requestParameters=request)
