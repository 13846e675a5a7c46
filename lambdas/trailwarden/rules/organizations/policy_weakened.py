"""Policy of the organization loosened.

Service and resource control policies are the only limit on an account's own administrators.
Security services reach every account by trusted access. Without them, forbidden acts become
possible.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import PERSON, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.conditions import Setting
from trailwarden.policy.document import statements
from trailwarden.services.audit_settings import security_service

ALLOWS_ALL = ("p-FullAWSAccess", "p-RCPFullAWSAccess")
"""Policies that limit nothing: to detach one is to limit more."""
ACTS = {
    "DetachPolicy": "Policy of the organization detached",
    "DeletePolicy": "Policy of the organization deleted",
    "DisablePolicyType": "Type of policy disabled in the organization",
    "DisableAWSServiceAccess": "Trusted access of a service disabled",
    "DeleteResourcePolicy": "Delegation policy of the organization deleted",
    "PutResourcePolicy": "Delegation policy of the organization changed",
}


def detect(event: Event) -> Match | None:
    policy_id = event.request("policyId")
    if event.name == "UpdatePolicy":
        return updated(event, policy_id)
    if event.name == "DetachPolicy" and policy_id in ALLOWS_ALL:
        return None
    if security_service(event.request("servicePrincipal")):
        return None  # the rule on their administrators tells it
    name = event.request("policyId", "policyType", "servicePrincipal")
    return Match(f"{event.name} {name}".strip(), title=ACTS[event.name])


def updated(event: Event, policy_id: str) -> Match | None:
    """Judge new content by its remaining denials; without content only the name changed."""
    content = event.get("requestParameters.content")
    if not content and not event.omits_parameters:
        return None
    now = Setting(time=event.event_time)
    if any(statement.denies_something(now) for statement in statements(content)):
        return Match(f"policy {policy_id} changed", severity=Severity.MEDIUM)
    return Match(f"policy {policy_id} left without a denial")


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
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1484"]},
    response="Ask the caller for the change request. Without one, put the policy back and revoke "
    "their access to the management account. Then read the acts in the accounts that it covered.",
    false_positives="An engineer reworks a guardrail, or the organization's pipeline does. Compare "
    "the change with its request.",
)


def examples() -> Examples:
    detach, update, own = "organizations:DetachPolicy", "organizations:UpdatePolicy", "p-a1b2c3d4"
    detached = request(detach, policyId=own, targetId="ou-a1b2-c3d4e5f6")
    yield alerts("detached", detached, label="DetachPolicy p-a1b2c3d4")
    kind = "SERVICE_CONTROL_POLICY"
    disabled = request("organizations:DisablePolicyType", rootId="r-a1b2", policyType=kind)
    yield alerts("a type is disabled", disabled, label=f"DisablePolicyType {kind}")
    empty = request(update, policyId=own, content=policy("*"))
    yield alerts("no denial is left", empty, severity=Severity.HIGH)
    changed = request(update, PERSON, policyId=own, content=policy("ec2:*", effect="Deny"))
    yield alerts("a denial is left", changed, severity=Severity.MEDIUM)
    ended = {"DateLessThan": {"aws:CurrentTime": "2001-01-01T00:00:00Z"}}
    for name, shown in (
        ("a denial of the past", policy("*", effect="Deny", Condition=ended)),
        ("a denial of nothing", policy([], effect="Deny", NotAction="*")),
        ("a denial on nothing", policy("ec2:*", [], effect="Deny", NotResource="*")),
    ):
        kept = request(update, policyId=own, content=shown)
        yield alerts(name, kept, severity=Severity.HIGH)
    yield silent("a policy gets a new name", request(update, policyId="p-a", name="b"))
    full = request(detach, policyId="p-FullAWSAccess", targetId="ou-a1b2-c3d4e5f6")
    yield silent("the policy that allows all is detached", full)
    cut_off = "organizations:DisableAWSServiceAccess"
    shared = request(cut_off, servicePrincipal="ram.amazonaws.com")
    yield alerts("a service cut off", shared, label="DisableAWSServiceAccess ram.amazonaws.com")
    watching = request(cut_off, servicePrincipal="guardduty.amazonaws.com")
    yield silent("a security service, which another rule tells", watching)
    yield alerts("a refused request", refused(detach), severity=Severity.MEDIUM)
