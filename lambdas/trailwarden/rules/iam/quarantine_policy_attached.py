"""AWS quarantined a leaked access key.

AWS found the key in public and attached a policy to its user that stops the worst. Others found
the key, too. The policy does not undo their acts since the leak.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of, is_quarantine, policy_name


def detect(event: Event) -> Match | None:
    policy, entity = policy_name(event), entity_of(event)
    return Match(f"{policy} on {entity}", subject=entity) if is_quarantine(policy) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
    ],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.001"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Make all keys of the user inactive. Look up their acts since the leak, in every "
    "Region, and remove the resources they made. Then answer AWS's support case.",
    false_positives="A test of this alert. A key that AWS quarantines is public.",
    references=[
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html"
    ],
)


def examples() -> Examples:
    user: Fields = {"userName": "ci"}
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"
    attach, document = "iam:AttachUserPolicy", policy("*", effect="Deny")
    for version in ("", "V2", "V3"):
        attached = request(attach, **user, policyArn=arn + version)
        yield alerts(f"version {version or 'V1'}", attached, subject="user ci")
    name: Fields = {"policyName": "AWSExposedCredentialPolicy_DO_NOT_REMOVE"}
    for kind in ("User", "Group", "Role"):
        inline: Fields = {**name, "policyDocument": document, f"{kind.lower()}Name": "ci"}
        written = request(f"iam:Put{kind}Policy", **inline)
        yield alerts(f"the inline policy of old, on a {kind}", written)
    other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    yield silent("another policy", request(attach, **user, policyArn=other))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", request(attach, **user, policyArn=arn, fields=absent))
