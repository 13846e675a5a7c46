"""Resource policy opened to outsiders.

A queue, a repository, a vault or a file system has a policy of its own. Its principals need nothing
else from this account. An attacker adds an outside account, and keeps the access after all keys are
rotated.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, request
from trailwarden.cloudtrail.values import listed
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.access import worst_of
from trailwarden.services.ec2 import values
from trailwarden.services.resource_policies import EVENTS, grants, resource_of


def detect(event: Event) -> Match | None:
    if event.request("attributeName") not in ("", "Policy"):
        return None
    worst = worst_of(g for g in grants(event) if not (g.is_public and is_guarded(event)))
    if worst is None:
        return None
    resource = resource_of(event)
    label = f"{event.service} {resource} opened to {worst.to}"
    severity = None if worst.is_certain else Severity.MEDIUM
    return Match(label, severity=severity, subject=resource or event.service)


def is_guarded(event: Event) -> bool:
    """Say whether something else than the policy keeps the public out, or lets it in.

    A search domain in a VPC and a network of VPC Lattice are out of reach. An API is public by
    nature.
    """
    sides = (event.get("requestParameters"), event.get("responseElements"))
    in_vpc = any(listed(subnets) for side in sides for subnets in values(side, "subnetIds"))
    is_networked = event.name == "PutAuthPolicy" or (event.service == "es" and in_vpc)
    return event.service == "apigateway" or is_networked


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=list(EVENTS),
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
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
    "apigateway:UpdateDomainName": {
        "domainName": "api.acme.example",
        "patchOperations": [{"op": "replace", "path": "/policy", "value": OUTSIDE}],
    },
    "cloudsearch:UpdateServiceAccessPolicies": {"domainName": "find", "accessPolicies": OUTSIDE},
    "sso:PutApplicationAuthenticationMethod": {
        "applicationArn": f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1",
        "authenticationMethodType": "IAM",
        "authenticationMethod": {"iam": {"actorPolicy": OUTSIDE}},
    },
    "codeguru-profiler:PutPermission": {
        "profilingGroupName": "app",
        "actionGroup": "agentPermissions",
        "principals": [f"arn:aws:iam::{OTHER_ACCOUNT}:role/agent"],
    },
    "entityresolution:AddPolicyStatement": {
        "arn": f"arn:aws:entityresolution:us-east-1:{ACCOUNT}:idnamespace/people",
        "statementId": "x",
        "effect": "Allow",
        "action": ["entityresolution:StartIdMappingJob"],
        "principal": [OTHER_ACCOUNT],
    },
    "fsx:CreateAndAttachS3AccessPoint": {
        "name": "door",
        "type": "OPENZFS",
        "s3AccessPoint": {"policy": OUTSIDE},
    },
    "lex:CreateResourcePolicyStatement": {
        "resourceArn": f"arn:aws:lex:us-east-1:{ACCOUNT}:bot/B1",
        "statementId": "x",
        "effect": "Allow",
        "action": ["lex:*"],
        "principal": [{"arn": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}],
    },
    "serverlessrepo:PutApplicationPolicy": {
        "applicationId": "app",
        "statements": [{"actions": ["Deploy"], "principals": [OTHER_ACCOUNT]}],
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


def examples() -> Examples:
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
    deploys = {"actions": ["Deploy"], "principals": ["*"], "principalOrgIDs": ["o-a1b2c3d4e5"]}
    app: Fields = {"applicationId": "app", "statements": [deploys]}
    yield silent("an app within", request("serverlessrepo:PutApplicationPolicy", **app))
    for account in ("777788889999", ACCOUNT):
        known = policy("kinesis:*", Principal={"AWS": account})
        policy_of = request("kinesis:PutResourcePolicy", resourceARN=stream, policy=known)
        yield silent(f"account {account}", policy_of)
    organization = {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-a1b2c3d4e5"}
    foreign = {**organization, "value": "o-zzzzzzzzzz"}
    theirs = request("events:PutPermission", **senders, condition=foreign)
    yield alerts("senders of another organization", theirs, severity=Severity.HIGH)
    address = {"IpAddress": {"aws:SourceIp": "198.51.100.7"}}
    narrow = {"Policy": policy("sqs:*", Principal="*", Condition=address)}
    by_address = request(queue, queueUrl=QUEUE, attributes=narrow)
    yield alerts("anyone at an address", by_address, severity=Severity.MEDIUM)
    delegated = request("organizations:PutResourcePolicy", content=OUTSIDE)
    yield alerts("an organization, delegated", delegated, subject="organizations")
    lattice = request("vpc-lattice:PutAuthPolicy", resourceIdentifier="svc-1", policy=public)
    yield silent("a service inside of VPCs", lattice)
    limited_senders = request("events:PutPermission", **senders, condition=organization)
    yield silent("senders within the organization", limited_senders)
