"""KMS key policy opened to outsiders.

A key's policy alone decides who may use the key. An outside account can then read encrypted
snapshots and objects. A policy that refuses the owner holds the data for ransom. One that refuses
a service that writes logs silences them.
"""

import json
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    USER,
    Fields,
    policy,
    refused,
    request,
)
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants, worst_of
from trailwarden.policy.document import account_of
from trailwarden.policy.lockout import left_by_key_policy, log_services_refused
from trailwarden.services.rds import is_true
from trailwarden.services.sharing import severity_of

GRANTED = "Grant on a KMS key given to an outside account"
TAKEN = "Grant on a KMS key given to its own caller"
UNLOGGED = "KMS key closed to a service that writes logs"
LOCKED = "KMS key locked by its policy"
UNCHECKED = "KMS key policy set without lockout check"


def detect(event: Event) -> Match | None:
    key = event.request("keyId") or event.answer("keyMetadata.arn")
    document = event.get("requestParameters.policy")
    if worst := worst_of(external_grants(document, event)):
        return Match(f"{key} open to {worst.to}", severity=severity_of(worst), subject=key)
    if event.name == "CreateGrant":
        return granted(event)
    if left := left_by_key_policy(document, event):
        severity = Severity.MEDIUM if event.name == "CreateKey" else None
        return Match(f"{key} open to {left}", severity=severity, subject=key, title=LOCKED)
    if refused := log_services_refused(document, event):
        return Match(f"{key} closed to {', '.join(refused)}", subject=key, title=UNLOGGED)
    if is_true(event.get("requestParameters.bypassPolicyLockoutSafetyCheck")):
        return Match(key, severity=Severity.MEDIUM, subject=key, title=UNCHECKED)
    return None


def granted(event: Event) -> Match | None:
    """Return a grant that goes to an outsider, or that callers keep for themselves.

    A service asks for grants on behalf of its caller, whose data it then encrypts.
    """
    key, grantee = event.request("keyId"), event.request("granteePrincipal")
    account, caller = account_of(grantee), event.user_identity
    if account and not event.knows_account(account):
        return Match(f"{key} to account {account}", subject=key, title=GRANTED)
    if grantee and grantee in (caller.arn, caller.role_arn) and not event.via:
        return Match(f"{key} to {event.actor}", Severity.MEDIUM, key, TAKEN)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["kms:CreateGrant", "kms:CreateKey", "kms:PutKeyPolicy", "kms:ReplicateKey"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098"], Tactic.IMPACT: ["T1486"]},
    response="Put the previous key policy back, or revoke the grant, while you still can. AWS "
    "Support helps if you cannot. Then find the data that the key encrypts, and its users since.",
    false_positives="A vendor's account that is meant to have access. Name it in "
    "`trusted_accounts`.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Examples:
    outside = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
    opened = put(policy("kms:*", Principal=outside))
    yield alerts("another account", opened, severity=Severity.HIGH, subject="1234abcd")
    anyone = put(policy("kms:Encrypt", Principal="*"))
    yield alerts("anyone may encrypt", anyone, severity=Severity.CRITICAL)
    barred = put(policy("kms:*", effect="Deny", Principal="*"))
    yield alerts("nobody may decrypt", barred, label="1234abcd open to nobody")
    trail = {"Service": "cloudtrail.amazonaws.com"}
    refusal = policy("kms:GenerateDataKey*", effect="Deny", Principal=trail)
    rest = policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    both = [line for text in (rest, refusal) for line in json.loads(text)["Statement"]]
    silenced = put(json.dumps({"Statement": both}))
    label = "1234abcd closed to cloudtrail.amazonaws.com"
    yield alerts("a log", silenced, severity=Severity.HIGH, label=label)
    me = f"arn:aws:iam::{ACCOUNT}:user/mallory"
    mine = policy("kms:*", Principal={"AWS": me})
    label = "1234abcd open to only the caller"
    yield alerts("only the caller", put(mine), severity=Severity.HIGH, label=label)
    narrowed = {"ArnEquals": {"aws:PrincipalArn": me}}
    account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    locked = put(policy("kms:*", Principal=account, Condition=narrowed))
    yield alerts("the account narrowed to the caller", locked, label=label)
    new = request("kms:CreateKey", policy=mine)
    yield alerts("a new key of the caller's", new, severity=Severity.MEDIUM)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    yield alerts("the root barred", put(policy("kms:*", effect="Deny", Principal=root)))
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"
    yield silent("an administrator", put(policy("kms:*", Principal={"AWS": [me, admin]})))
    yield from of_grants(admin)
    made = policy("kms:*", Principal={"AWS": OTHER_ACCOUNT})
    yield alerts("made so", request("kms:CreateKey", policy=made))
    copied = request("kms:ReplicateKey", keyId="mrk-1", replicaRegion="eu-west-1", policy=made)
    yield alerts("replicated so", copied, subject="mrk-1")
    own = policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    unchecked = put(own, bypassPolicyLockoutSafetyCheck=True)
    yield alerts("without lockout check", unchecked, severity=Severity.MEDIUM)
    yield silent("the own account", put(own))
    yield silent("a vendor", put(policy("kms:Decrypt", Principal={"AWS": "777788889999"})))
    caller = {"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    yield silent("anyone within", put(policy("kms:*", Principal="*", Condition=caller)))
    yield silent("AWS's own default", request("kms:CreateKey", origin="AWS_KMS"))
    yield silent("refused", refused("kms:PutKeyPolicy"))


def put(document: str, **parameters: Any) -> Record:
    return request("kms:PutKeyPolicy", keyId="1234abcd", policy=document, **parameters)


def of_grants(admin: str) -> Examples:
    """Tell of grants to outsiders and to callers themselves."""
    grant = "kms:CreateGrant"
    key: Fields = {"keyId": "1234abcd", "operations": ["Decrypt"]}
    reader = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
    label = f"1234abcd to account {OTHER_ACCOUNT}"
    yield alerts("a grant", request(grant, **key, granteePrincipal=reader), label=label)
    for by, own in ((USER, USER["arn"]), (ROLE, f"arn:aws:iam::{ACCOUNT}:role/app")):
        kept = key | {"granteePrincipal": own}
        mine = request(grant, by, **kept)
        yield alerts(f"a grant for {own}", mine, severity=Severity.MEDIUM, subject="1234abcd")
        yield silent(f"by a service for {own}", request(grant, by, via="rds", **kept))
    for grantee in ("ec2.us-east-1.amazonaws.com", admin):
        yield silent(f"for {grantee}", request(grant, **key, granteePrincipal=grantee))
