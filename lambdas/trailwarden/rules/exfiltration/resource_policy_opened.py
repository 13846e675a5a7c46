"""Resource policy opened to outsiders.

A queue, a repository, a vault or a file system has a policy of its own. Its principals need nothing
else from this account. An attacker adds an outside account, and keeps the access after all keys are
rotated.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, request
from trailwarden.cloudtrail.values import listed
from trailwarden.environment import Environment
from trailwarden.policy.access import Grant, external_grants
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values

DOCUMENTS = (
    "accessPolicies",
    "accessPolicy",
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
    "repository",
    "topicArn",
    "queueUrl",
    "queueName",
    "vaultName",
    "backupVaultName",
    "domainName",
    "domain",
    "fileSystemId",
    "resourceArn",
    "resourceARN",
    "clusterArn",
    "componentArn",
    "containerRecipeArn",
    "imageArn",
    "imageRecipeArn",
    "eventBusName",
    "containerName",
    "destinationName",
    "identity",
    "emailIdentity",
    "restApiId",
    "policyName",
    "name",
)
PRINCIPALS = ("aWSAccountId", "aWSAccountIds", "principal")
"""Where AddPermission of SNS, of SQS, and PutPermission of EventBridge name accounts."""


def detect(event: Event) -> Match | None:
    if event.request("attributeName") not in ("", "Policy"):
        return None
    outsiders = [grant.to for grant in grants(event)] + named(event)
    if not outsiders:
        return None
    resource = next(filter(None, map(event.request, NAMES)), "")
    label = f"{event.service} {resource} opened to {outsiders[0]}"
    return Match(label, subject=resource or event.service)


def grants(event: Event) -> Iterator[Grant]:
    """Yield the access that the request's documents give to outsiders."""
    for document in values(event.get("requestParameters"), *DOCUMENTS):
        for grant in external_grants(document, event):
            if not (grant.is_public and is_guarded(event)):
                yield grant


def is_guarded(event: Event) -> bool:
    """Say whether something else than the policy keeps the public out, or lets it in.

    A search domain in a VPC is out of reach, and an API is public by nature.
    """
    sides = (event.get("requestParameters"), event.get("responseElements"))
    in_vpc = any(listed(subnets) for side in sides for subnets in values(side, "subnetIds"))
    return event.service == "apigateway" or (event.service == "es" and in_vpc)


def named(event: Event) -> list[str]:
    """Return the outsiders that AddPermission and PutPermission name without a document."""
    if event.get("requestParameters.condition"):
        return []
    principals = [str(p) for key in PRINCIPALS for p in event.listed(f"requestParameters.{key}")]
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
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"], Tactic.PERSISTENCE: ["T1098"]},
    response="Put the previous policy back. Ask the owner whose account it names. Look through the "
    "events of the resource for requests from there since the change.",
    false_positives="A partner that needs access: name its account in `trusted_accounts`. A topic "
    "or an image repository that is public on purpose.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html"
    ],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",), organization_id="o-a1b2c3d4e5")
OUTSIDE = policy("*", Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
TOPIC, QUEUE = f"arn:aws:sns:us-east-1:{ACCOUNT}:news", "https://sqs.us-east-1.amazonaws.com/1/jobs"
OPENED: dict[str, Fields] = {
    "apigateway:UpdateRestApi": {
        "restApiId": "a1b2c3",
        "patchOperations": [{"op": "replace", "path": "/policy", "value": OUTSIDE}],
    },
    "codeartifact:PutDomainPermissionsPolicy": {"domain": "acme", "policyDocument": OUTSIDE},
    "codeartifact:PutRepositoryPermissionsPolicy": {
        "domain": "acme",
        "repository": "libraries",
        "policyDocument": OUTSIDE,
    },
    "ecr-public:SetRepositoryPolicy": {"repositoryName": "app", "policyText": OUTSIDE},
    "ecr:PutRegistryPolicy": {"policyText": OUTSIDE},
    "ecr:SetRepositoryPolicy": {"repositoryName": "app", "policyText": OUTSIDE},
    "es:CreateDomain": {"domainName": "search", "accessPolicies": OUTSIDE},
    "es:CreateElasticsearchDomain": {"domainName": "search", "accessPolicies": OUTSIDE},
    "es:UpdateDomainConfig": {"domainName": "search", "accessPolicies": OUTSIDE},
    "es:UpdateElasticsearchDomainConfig": {"domainName": "search", "accessPolicies": OUTSIDE},
    "events:PutPermission": {"principal": OTHER_ACCOUNT},
    "glacier:SetVaultAccessPolicy": {
        "accountId": "-",
        "vaultName": "attic",
        "policy": {"policy": OUTSIDE},
    },
    "glue:PutResourcePolicy": {"policyInJson": OUTSIDE},
    "logs:PutDestinationPolicy": {"destinationName": "all", "accessPolicy": OUTSIDE},
    "logs:PutResourcePolicy": {"policyName": "writers", "policyDocument": OUTSIDE},
    "sns:AddPermission": {
        "aWSAccountId": [OTHER_ACCOUNT],
        "actionName": ["Subscribe"],
        "label": "x",
        "topicArn": TOPIC,
    },
    "sns:CreateTopic": {"name": "news", "attributes": {"Policy": OUTSIDE}},
    "sns:SetTopicAttributes": {
        "topicArn": TOPIC,
        "attributeName": "Policy",
        "attributeValue": OUTSIDE,
    },
    "sqs:AddPermission": {
        "aWSAccountIds": [OTHER_ACCOUNT],
        "actions": ["*"],
        "label": "x",
        "queueUrl": QUEUE,
    },
    "sqs:CreateQueue": {"queueName": "jobs", "attributes": {"Policy": OUTSIDE}},
    "sqs:SetQueueAttributes": {"queueUrl": QUEUE, "attributes": {"Policy": OUTSIDE}},
}
"""Requests that give access to an outside account, where it is not in a `policy` alone."""


def examples() -> Iterator[Example]:
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/orders"
    opened = request("kinesis:PutResourcePolicy", resourceARN=stream, policy=OUTSIDE)
    label = f"kinesis {stream} opened to account {OTHER_ACCOUNT}"
    yield alerts("a stream", opened, subject=stream, label=label)
    for action, parameters in OPENED.items():
        yield alerts(action, request(action, **parameters))
    public, queue = policy("sqs:*", Principal="*"), "sqs:SetQueueAttributes"
    yield alerts("anyone", request(queue, queueUrl=QUEUE, attributes={"Policy": public}))
    senders: Fields = {"principal": "*", "statementId": "all"}
    yield alerts("any event sender", request("events:PutPermission", **senders))
    inside: Fields = {"accessPolicies": public, "vPCOptions": {"subnetIds": ["subnet-1"]}}
    search = request("es:CreateDomain", domainName="search", **inside)
    yield silent("a search domain in a VPC", search)
    yield silent("a public API", request("apigateway:CreateRestApi", name="api", policy=public))
    within = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    limited = {"Policy": policy("sqs:*", Principal="*", Condition=within)}
    yield silent("the organization", request(queue, queueUrl=QUEUE, attributes=limited))
    for account in ("777788889999", ACCOUNT):
        known = policy("kinesis:*", Principal={"AWS": account})
        policy_of = request("kinesis:PutResourcePolicy", resourceARN=stream, policy=known)
        yield silent(f"account {account}", policy_of)
    organization = {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-a1b2c3d4e5"}
    limited_senders = request("events:PutPermission", **senders, condition=organization)
    yield silent("senders within the organization", limited_senders)
