"""AWS quarantined a leaked access key.

AWS found the key in public and attached a policy to its user that stops the worst. Others found
the key too: what they did between the leak and now is not undone.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import entity_of, is_quarantine, policy_name


def detect(event: Event) -> Match | None:
    if not event.succeeded or not is_quarantine(policy_name(event)):
        return None
    return Match(f"{policy_name(event)} on {entity_of(event)}"[:100], subject=entity_of(event))


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
    severity=Severity.CRITICAL,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.001"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Make the user's keys inactive, all of them. Look up everything that they did since "
    "the leak, in every Region, remove what was built with them, then answer AWS's support case.",
    false_positives="A test of this alert. A key that AWS quarantines is public.",
    references=[
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html"
    ],
)


def examples() -> Iterator[Example]:
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"
    for version in ("", "V2", "V3"):
        yield alerts(
            f"version {version or 'V1'}", told("AttachUserPolicy", policyArn=arn + version)
        )
    inline = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
    yield alerts("the inline policy of old", told("PutUserPolicy", policyName=inline))
    other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    yield silent("another policy", told("AttachUserPolicy", policyArn=other))
    yield silent("refused", denied("iam:AttachUserPolicy", iam_user("bob")))


def told(name: str, **what: str) -> Record:
    return record(f"iam:{name}", iam_user("bob"), requestParameters={"userName": "ci"} | what)
