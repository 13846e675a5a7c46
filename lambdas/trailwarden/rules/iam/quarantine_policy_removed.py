"""Quarantine policy removed from a user.

AWS attached the policy because the user's key is public. Without it the key has its full power
again. Anyone else who holds the key wants that.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of, is_quarantine, policy_name


def detect(event: Event) -> Match | None:
    if event.denied and "Quarantine" in event.error_message:
        return Match("refused", subject=entity_of(event))
    entity, policy = entity_of(event), policy_name(event)
    return Match(f"{policy} from {entity}", subject=entity) if is_quarantine(policy) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DetachUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachRolePolicy",
        "iam:DeleteUserPolicy",
        "iam:DeleteGroupPolicy",
        "iam:DeleteRolePolicy",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.HIGH),
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Check that every key of the user is deleted or inactive. If one is not, make it "
    "inactive now. Ask the caller, and look at the use of the key since then.",
    false_positives="The end of an incident, after the leaked key is deleted.",
)

QUARANTINE = "AWSCompromisedKeyQuarantineV3"


def examples() -> Examples:
    user: Fields = {"userName": "ci"}
    detach, arn = "iam:DetachUserPolicy", f"arn:aws:iam::aws:policy/{QUARANTINE}"
    detached = request(detach, **user, policyArn=arn)
    yield alerts("detached", detached, severity=Severity.CRITICAL, subject="user ci")
    name: Fields = {"policyName": "AWSExposedCredentialPolicy_DO_NOT_REMOVE"}
    for kind in ("User", "Group", "Role"):
        inline: Fields = {**name, f"{kind.lower()}Name": "ci"}
        deleted = request(f"iam:Delete{kind}Policy", **inline)
        yield alerts(f"deleted from a {kind}", deleted)
    message = f"not authorized to perform: {detach} on resource: policy {QUARANTINE}"
    attempt = refused(detach, fields={"errorMessage": message})
    yield alerts("refused", attempt, severity=Severity.HIGH, subject=f"policy {QUARANTINE}")
    other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    yield silent("another policy", request(detach, **user, policyArn=other))
    yield silent("refused without a name", refused(detach))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("not attached", request(detach, **user, policyArn=arn, fields=absent))
