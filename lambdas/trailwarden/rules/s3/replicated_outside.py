"""Bucket set to replicate its objects to another account.

Replication copies every new object, silently and for good. With a destination of the attacker, it
is the most comfortable way to steal data.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, replicas


def detect(event: Event) -> Match | None:
    for to, account in replicas(event):
        if account and not event.knows_account(account):
            return Match(f"{bucket_of(event)} to {to} of account {account}", subject=to)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketReplication"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who owns the destination bucket. If nobody here does, delete the "
    "replication configuration, and take the permissions of the replication role away. List the "
    "objects that were copied.",
    false_positives="Backups into an account of the organization: name it in `own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Examples:
    put = "s3:PutBucketReplication"
    outside = {"Destination": {"Bucket": "arn:aws:s3:::loot", "Account": OTHER_ACCOUNT}}
    sister = {"Destination": {"Bucket": "arn:aws:s3:::backup", "Account": "777788889999"}}
    own = {"Destination": {"Bucket": "arn:aws:s3:::copy", "Account": ACCOUNT}}
    for name, rule in (("one rule", outside), ("the second of two", [sister, outside])):
        rules = {"Rule": rule}
        replication = request(put, bucketName="plans", ReplicationConfiguration=rules)
        yield alerts(name, replication, subject="loot")
    for name, rule in (("a sister account", sister), ("the own account", own)):
        rules = {"Rule": rule}
        yield silent(name, request(put, bucketName="plans", ReplicationConfiguration=rules))
