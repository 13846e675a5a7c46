"""KMS key opened to outsiders, or closed to its owner.

A key's policy decides alone who may use it. Opened to another account, it lets encrypted snapshots
and objects be read there; closed to its owner, it holds everything encrypted with it for ransom.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, policy, record
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.environment import Environment
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import account_of, statements
from trailwarden.services.rds import is_true


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    key = event.text("requestParameters.keyId") or text_of(
        event.get("responseElements.keyMetadata.arn")
    )
    document = event.get("requestParameters.policy")
    grants = list(external_grants(document, event))
    if grants:
        public = any(grant.is_public for grant in grants)
        to = "anyone" if public else grants[0].to
        severity = Severity.CRITICAL if public else None
        return Match(f"{key[-80:]} open to {to}", severity=severity, subject=key)
    account = account_of(event.text("requestParameters.granteePrincipal"))
    if account and not event.knows_account(account) and not event.by_service:
        return Match(f"{key[-80:]} granted to account {account}", subject=key)
    if locks_out(document):
        return Match(f"{key[-80:]} refuses everyone decryption", subject=key)
    if is_true(event.get("requestParameters.bypassPolicyLockoutSafetyCheck")):
        label = f"{key[-80:]} without lockout check"
        return Match(label, severity=Severity.MEDIUM, subject=key)
    return None


def locks_out(document: Any) -> bool:
    """Say whether a policy denies decryption to everyone, on no condition."""
    return any(
        not s.allows
        and not s.is_conditional
        and s.covers_action("kms:Decrypt")
        and any(p.kind == "public" for p in s.principals)
        for s in statements(document)
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["kms:CreateGrant", "kms:CreateKey", "kms:PutKeyPolicy", "kms:ReplicateKey"],
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098"],
        Tactic.IMPACT: ["T1486"],
    },
    response="Put the previous key policy back, or revoke the grant, while you still can; AWS "
    "Support helps if you cannot. Then find what the key encrypts and who used it since.",
    false_positives="A vendor's or partner's account that is meant to have access: name it in "
    "`trusted_accounts`.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    outside = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
    yield alerts("another account", put(policy("kms:*", Principal=outside)))
    yield alerts("anyone may encrypt", put(policy("kms:Encrypt", Principal="*")))
    yield alerts("nobody may decrypt", put(policy("kms:*", effect="Deny", Principal="*")))
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
    yield alerts("a grant", call("kms:CreateGrant", keyId="1234abcd", granteePrincipal=role))
    made = policy("kms:*", Principal={"AWS": OTHER_ACCOUNT})
    yield alerts("made so", call("kms:CreateKey", policy=made))
    own = policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    yield silent("the own account", put(own))
    yield silent("a vendor", put(policy("kms:Decrypt", Principal={"AWS": "777788889999"})))
    caller = {"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    yield silent("anyone within", put(policy("kms:*", Principal="*", Condition=caller)))
    yield silent("AWS's own default", call("kms:CreateKey", origin="AWS_KMS"))
    service = "ec2.us-east-1.amazonaws.com"
    yield silent("a service", call("kms:CreateGrant", keyId="1", granteePrincipal=service))
    yield silent("a refusal", denied("kms:PutKeyPolicy", iam_user("mallory")))


def put(document: str) -> Record:
    return call("kms:PutKeyPolicy", keyId="1234abcd", policyName="default", policy=document)


def call(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=parameters)
