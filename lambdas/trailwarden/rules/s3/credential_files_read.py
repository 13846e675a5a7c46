"""Several files with credentials read from buckets.

Private keys, password stores and Terraform states turn access to one bucket into access to much
more. Intruders search buckets for exactly these names.
"""

import re

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent

SECRET = re.compile(
    r"(?:\A|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\.[a-z]+)?|\.?htpasswd|\.netrc|\.pgpass|"
    r"\.git-credentials|\.npmrc|\.dockercfg|kubeconfig|wp-config\.php|shadow|"
    r"(?:aws_?)?credentials(?:\.(?:csv|json|txt|xml|ya?ml))?|passwords?\.[a-z]{2,4}|"
    r"secrets?\.(?:json|txt|ya?ml|tfvars))\Z|"
    r"\.(?:pem|ppk|kdbx|p12|pfx|jks|keystore|ovpn|tfvars)\Z|(?:\A|/)\.(?:aws|ssh|kube)/|"
    r"_?accesskeys\.csv\Z"
)
STATE = re.compile(r"\.tfstate(?:\.backup)?\Z")


LONGEST_KEY = 1024


def detect(event: Event) -> Match | None:
    key = event.request("key").lower()
    if STATE.search(key):
        return Match("Terraform states")  # one, however many: Terraform reads them all day
    if len(key) > LONGEST_KEY or not SECRET.search(key):
        return None
    return Match(f"{event.request('bucketName')}/{key}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.001"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the caller. If it was not them, revoke their sessions and keys. Rotate every "
    "credential in these files: assume that an attacker uses it already.",
    false_positives="An engineer sets up a machine from files in a bucket.",
    correlation=ValueCount(at_least=3, in_a_day=8, timespan=HOUR, group_by=by_actor),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1552/001/"],
)


def examples() -> Examples:
    found = [get(".ssh/id_rsa", 1), get("prod/.env", 2), get("web/server.pem", 3)]
    yield alerts("three kinds of credentials", *found, label="plans/prod/.env")
    yield silent("two", *found[:2])
    yield alerts("one name in three buckets", *(get(".env", n, f"b{n}") for n in range(3)))
    yield silent("one file, three times", *(get(".env", n) for n in range(3)))
    states = [get(f"env-{n}/terraform.tfstate", n) for n in range(5)]
    yield silent("Terraform states", *states)
    yield alerts("a Terraform state and two others", states[0], *found[:2])
    yield silent("other files", *[get(f"environment-{n}.txt", n) for n in range(5)])
    yield alerts("8 within a day", *(get(f"{n}/id_rsa", n) for n in range(8)))


def get(key: str, minute: int, bucket: str = "plans") -> Record:
    return request("s3:GetObject", minute=minute, bucketName=bucket, key=key)
