"""Bucket set to replicate its objects to a bucket of an unnamed owner.

A replication rule need not name the account of its destination. The destination may then belong to
an attacker, and every new object is copied there.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, replicas


def detect(event: Event) -> Match | None:
    unnamed = next((to for to, account in replicas(event) if to and not account), "")
    return Match(f"{bucket_of(event)} to {unnamed}", subject=unnamed) if unnamed else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketReplication"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who owns the destination bucket. If nobody here does, delete the "
    "replication configuration, and take the permissions of the replication role away. List the "
    "objects that were copied.",
    false_positives="An engineer sets up replication within the account by hand.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html"],
)


def examples() -> Examples:
    put = "s3:PutBucketReplication"
    unnamed = {"Rule": [{"Destination": {"Bucket": "arn:aws:s3:::somewhere"}}]}
    replication = request(put, bucketName="plans", ReplicationConfiguration=unnamed)
    yield alerts("no account", replication, subject="somewhere")
    own = {"Rule": {"Destination": {"Bucket": "arn:aws:s3:::copy", "Account": ACCOUNT}}}
    yield silent("an account", request(put, bucketName="plans", ReplicationConfiguration=own))
