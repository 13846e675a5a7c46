"""Resource policy opened to the public or to another account.

A queue, a repository, a vault or a file system has a policy of its own, and whoever it names needs
nothing else from this account. An attacker writes an outside account into it, keeps the access
after every key is rotated, and reads at leisure.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, policy, record
from trailwarden.cloudtrail.values import Record, listed
from trailwarden.environment import Environment
from trailwarden.policy.access import Grant, external_grants
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values

DOCUMENTS = (
    "accessPolicies",
    "attributeValue",
    "fileSystemPolicy",
    "policy",
    "policyDocument",
    "policyInJson",
    "policyText",
    "resourcePolicy",
    "resourcePolicyDocument",
    "value",
)
NAMES = (
    "repositoryName",
    "topicArn",
    "queueUrl",
    "vaultName",
    "backupVaultName",
    "domainName",
    "fileSystemId",
    "resourceArn",
    "resourceARN",
    "eventBusName",
    "containerName",
    "identity",
    "emailIdentity",
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.text("requestParameters.attributeName") not in ("", "Policy"):
        return None
    outsiders = [grant.to for grant in grants(event)] + named(event)
    if not outsiders:
        return None
    what = next(filter(None, (event.text(f"requestParameters.{name}") for name in NAMES)), "")
    return Match(f"{event.service} {what[:60]} opened to {outsiders[0]}", subject=what)


def grants(event: Event) -> Iterator[Grant]:
    """Yield what the request's documents give to outsiders."""
    for document in values(event.get("requestParameters"), *DOCUMENTS):
        for grant in external_grants(document, event):
            if not (grant.is_public and is_guarded(event)):
                yield grant


def is_guarded(event: Event) -> bool:
    """Say whether something else than the policy keeps the public out, or lets it in.

    A search domain in a VPC is out of reach, and an API is public by nature.
    """
    asked = (event.get("requestParameters"), event.get("responseElements"))
    in_vpc = any(listed(subnets) for told in asked for subnets in values(told, "subnetIds"))
    return event.service == "apigateway" or (event.service == "es" and in_vpc)


def named(event: Event) -> list[str]:
    """Return the outsiders that AddPermission and PutPermission name without a document."""
    told = [event.get(f"requestParameters.{key}") for key in ("aWSAccountIds", "principal")]
    if event.get("requestParameters.condition"):
        return []
    principals = [str(one) for value in told for one in listed(value)]
    if "*" in principals:
        return ["anyone"]
    accounts = [account for one in principals if (account := account_of(one))]
    return [f"account {account}" for account in accounts if not event.knows_account(account)]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:CreateRestApi",
        "apigateway:UpdateRestApi",
        "backup:PutBackupVaultAccessPolicy",
        "codeartifact:PutDomainPermissionsPolicy",
        "codeartifact:PutRepositoryPermissionsPolicy",
        "dynamodb:PutResourcePolicy",
        "ecr-public:SetRepositoryPolicy",
        "ecr:PutRegistryPolicy",
        "ecr:SetRepositoryPolicy",
        "elasticfilesystem:PutFileSystemPolicy",
        "es:CreateDomain",
        "es:CreateElasticsearchDomain",
        "es:UpdateDomainConfig",
        "es:UpdateElasticsearchDomainConfig",
        "events:PutPermission",
        "glacier:SetVaultAccessPolicy",
        "glue:PutResourcePolicy",
        "imagebuilder:PutComponentPolicy",
        "imagebuilder:PutContainerRecipePolicy",
        "imagebuilder:PutImagePolicy",
        "imagebuilder:PutImageRecipePolicy",
        "kafka:PutClusterPolicy",
        "kinesis:PutResourcePolicy",
        "logs:PutDestinationPolicy",
        "logs:PutResourcePolicy",
        "mediastore:PutContainerPolicy",
        "redshift-serverless:PutResourcePolicy",
        "redshift:PutResourcePolicy",
        "ses:CreateEmailIdentityPolicy",
        "ses:PutIdentityPolicy",
        "ses:UpdateEmailIdentityPolicy",
        "sns:AddPermission",
        "sns:CreateTopic",
        "sns:SetTopicAttributes",
        "sqs:AddPermission",
        "sqs:CreateQueue",
        "sqs:SetQueueAttributes",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"], Tactic.PERSISTENCE: ["T1098"]},
    response="Put the previous policy back. Then ask the owner whose account it names, and look "
    "through the resource's events for requests from there since the change.",
    false_positives="A partner that is meant to have access: name its account in "
    "`trusted_accounts`. A topic or an image repository that is public on purpose.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html"
    ],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    public = policy("sqs:*", Principal="*")
    outside = policy("ecr:*", Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
    yield alerts("a queue for anyone", put("sqs:SetQueueAttributes", attributes={"Policy": public}))
    yield alerts("images for another account", put("ecr:SetRepositoryPolicy", policyText=outside))
    topic = {"attributeName": "Policy", "topicArn": "arn:aws:sns:us-east-1:1:t"}
    yield alerts("a topic", put("sns:SetTopicAttributes", **topic, attributeValue=public))
    yield alerts("a vault", put("glacier:SetVaultAccessPolicy", policy={"policy": public}))
    yield alerts("a search domain", put("es:UpdateDomainConfig", accessPolicies=public))
    yield alerts("an outside account", put("sqs:AddPermission", aWSAccountIds=[OTHER_ACCOUNT]))
    yield alerts("any event sender", put("events:PutPermission", principal="*"))
    inside = {"accessPolicies": public, "vPCOptions": {"subnetIds": ["subnet-1"]}}
    yield silent("a search domain in a VPC", put("es:CreateDomain", **inside))
    within = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    limited = policy("sqs:*", Principal="*", Condition=within)
    yield silent("anyone within", put("sqs:SetQueueAttributes", attributes={"Policy": limited}))
    vendor = policy("ecr:*", Principal={"AWS": "777788889999"})
    yield silent("a trusted vendor", put("ecr:SetRepositoryPolicy", policyText=vendor))
    own = policy("ecr:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    yield silent("the own account", put("ecr:SetRepositoryPolicy", policyText=own))
    organization = {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-a1b2c3d4e5"}
    yield silent(
        "senders within", put("events:PutPermission", principal="*", condition=organization)
    )
    yield silent("a refusal", denied("sqs:AddPermission", iam_user("mallory")))


def put(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=parameters)
