"""S3 access point opened to outsiders.

Access points and grants lead into a bucket beside its policy, with policies of their own. A review
of bucket policies alone does not show them.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.access import external_grants, worst_of
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values
from trailwarden.services.s3 import weakened_blocks

GRANTED = "S3 access grant given to an outsider"
UNBLOCKED = "S3 access point made without its public access block"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    names = values(parameters, "name", "bucketName", "accessGrantsLocationId", "accountId")
    point = next(map(text_of, names), "")
    documents = values(parameters, "policy", "accessPointPolicy")
    grants = [grant for document in documents for grant in external_grants(document, event)]
    if worst := worst_of(grants):
        severity = Severity.HIGH if worst.is_public else None
        return Match(f"{point} open to {worst.to}", severity=severity, subject=point)
    accounts = (account_of(text_of(a)) for a in values(parameters, "granteeIdentifier"))
    if outsider := next((a for a in accounts if a and not event.knows_account(a)), ""):
        return Match(f"{point} granted to account {outsider}", subject=point, title=GRANTED)
    if weakened_blocks(event):
        return Match(f"{point} without public access block", subject=point, title=UNBLOCKED)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CreateAccessGrant",
        "s3:CreateAccessPoint",
        "s3:CreateMultiRegionAccessPoint",
        "s3:PutAccessGrantsInstanceResourcePolicy",
        "s3:PutAccessPointPolicy",
        "s3:PutAccessPointPolicyForObjectLambda",
        "s3:PutMultiRegionAccessPointPolicy",
        "s3express:CreateAccessPoint",
        "s3express:PutAccessPointPolicy",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Delete the policy or the grant. Find out which bucket the access point leads to, and "
    "who has used it. The block of an access point cannot be switched on later: make a new one.",
    false_positives="A partner that needs access: name its account in `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html"
    ],
)


ENVIRONMENT = Environment(own_networks=("vpc-1",))


def examples() -> Examples:
    put, public = "s3:PutAccessPointPolicy", policy("s3:GetObject", Principal="*")
    outsider = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
    shared = policy("s3:GetObject", Principal={"AWS": outsider})
    medium = Severity.MEDIUM
    yield alerts(
        "a role", request(put, name="door", policy=shared), severity=medium, subject="door"
    )
    yield alerts("anyone", request(put, name="door", policy=public), severity=Severity.HIGH)
    for action in RULE.events:
        yield alerts(action, request(action, accountId=ACCOUNT, details={"policy": public}))
    nested = {"Policy": public}
    yield alerts("nested", request(put, name="door", PutAccessPointPolicyRequest=nested))
    grant = {"Grantee": {"GranteeType": "IAM", "GranteeIdentifier": outsider}}
    granted = request("s3:CreateAccessGrant", accountId=ACCOUNT, CreateAccessGrantRequest=grant)
    yield alerts("a grant", granted, subject=ACCOUNT)
    block = {"BlockPublicPolicy": False}
    unblocked = request("s3:CreateAccessPoint", name="d", PublicAccessBlockConfiguration=block)
    yield alerts("no block", unblocked, subject="d")
    inner: Fields = {"CreateAccessPointRequest": {"PublicAccessBlockConfiguration": block}}
    below = request("s3:CreateAccessPoint", name="d", **inner)
    yield alerts("no block, below the request's name", below, subject="d")
    blocked = refused(put, name="door", policy=public)
    yield alerts("a refused request", blocked, severity=Severity.LOW)
    network = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    vpc = policy("s3:*", Principal="*", Condition=network)
    yield silent("one network", request(put, name="door", policy=vpc))
    yield silent("the default block", request("s3:CreateAccessPoint", name="d", bucket="plans"))
