"""Several files with credentials read from buckets.

Private keys, password stores and Terraform states turn read access to a bucket into access to
everything else. Intruders search buckets for exactly these names.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, LogClass, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import by_actor
from trailwarden.services.s3 import by_machine

SECRET = re.compile(
    r"(?:\A|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\.[a-z]+)?|\.?htpasswd|\.netrc|\.pgpass|"
    r"\.git-credentials|\.npmrc|\.dockercfg|kubeconfig|wp-config\.php|shadow|"
    r"(?:aws_?)?credentials(?:\.(?:csv|json|txt|xml|ya?ml))?|passwords?\.[a-z]{2,4}|"
    r"secrets?\.(?:json|txt|ya?ml|tfvars))\Z|"
    r"\.(?:pem|ppk|kdbx|p12|pfx|jks|keystore|ovpn|tfvars)\Z|(?:\A|/)\.(?:aws|ssh|kube)/|"
    r"_?accesskeys\.csv\Z"
)
STATE = re.compile(r"\.tfstate(?:\.backup)?\Z")


def detect(event: Event) -> str:
    if not event.succeeded or by_machine(event):
        return ""
    key = event.text("requestParameters.key").lower()[-200:]
    if STATE.search(key):
        return "Terraform states"  # one, however many: a pipeline reads them all day
    return key if SECRET.search(key) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.001"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the user. If it was not them, revoke their sessions and keys, and rotate every "
    "credential in the files that were read: assume that they are used already.",
    false_positives="Setting up a machine from files kept in a bucket.",
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=1), group_by=by_actor),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1552/001/"],
)


def examples() -> Iterator[Example]:
    found = [get(".ssh/id_rsa", 1), get("prod/.env", 2), get("web/server.pem", 3)]
    yield alerts("three kinds of credentials", *found)
    yield silent("two", *found[:2])
    states = [get(f"env-{n}/terraform.tfstate", n) for n in range(5)]
    yield silent("Terraform states", *states)
    plain = [get(f"environment-{n}.txt", n) for n in range(5)]
    yield silent("other files", *plain)
    yield silent("a server", *[{**f, "userIdentity": instance_role("web")} for f in found])
    yield silent("refusals", *[{**f, "errorCode": "AccessDenied"} for f in found])


def get(key: str, minute: int) -> Record:
    told = {"bucketName": "plans", "key": key}
    who = iam_user("mallory")
    return record("s3:GetObject", who, minute=minute, requestParameters=told, eventCategory="Data")
