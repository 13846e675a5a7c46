"""Command output sent to a bucket for the first time.

The caller of a command may name any bucket, in any account, for its output. That carries data out
of an instance that has no way to the internet.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ssm import output_bucket


def detect(event: Event) -> Match | None:
    bucket = output_bucket(event)
    return Match(bucket) if bucket else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:CreateAssociation", "ssm:SendCommand", "ssm:UpdateAssociation"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who owns the bucket. If it is not yours, cancel the command or delete the "
    "association. Treat everything that the instances can read as lost.",
    false_positives="A new bucket of your own for command output.",
    correlation=first_use(by_account, days=90, exempt_teach=True),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual = sent("command-output", day=0)
    yield alerts("a new bucket", usual, sent("exfil", day=7), label="exfil")
    for action in ("ssm:CreateAssociation", "ssm:UpdateAssociation"):
        location = {"s3Location": {"outputS3BucketName": "exfil"}}
        named: Fields = {"associationId" if "Update" in action else "name": "a"}
        planted = request(action, day=7, outputLocation=location, **named)
        yield alerts(f"by {action}", usual, planted, label="exfil")
    yield silent("the usual bucket", usual, sent("command-output", day=8))
    deployed = sent("command-output", day=0, by=DEPLOYER)
    yield silent("the bucket of a deployment", deployed, sent("command-output", day=8))
    yield silent("in the first week", usual, sent("exfil", day=6))
    yield silent("no bucket", usual, request("ssm:SendCommand", day=8, documentName="x"))


def sent(bucket: str, *, day: int, by: Fields = USER) -> Record:
    command: Fields = {"documentName": "AWS-RunShellScript", "outputS3BucketName": bucket}
    return request("ssm:SendCommand", by, day=day, **command)
