"""Sensitive resource changed through Cloud Control API.

Cloud Control API creates any type of resource with one call. Its record stands apart from those of
IAM, KMS and Lambda. A policy that opens a door is then easily missed.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    ROLE,
    USER,
    Fields,
    policy,
    request,
    trust,
)
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import VERSION
from trailwarden.services.cloudcontrolapi import (
    RECEIVERS,
    accelerated_type,
    deletes_data,
    exposure_of,
    lockout_of,
    makes_administrator,
    many_machines,
    parsed,
    properties_of,
    website_of,
)
from trailwarden.services.plain_calls import (
    CREATIONS,
    DELETIONS,
    REMOVALS,
    SWITCHES,
    VALUES,
    plain_call,
)

SENSITIVE = (
    "AWS::CloudTrail::",
    "AWS::Config::ConfigurationRecorder",
    "AWS::EKS::AccessEntry",
    "AWS::EKS::PodIdentityAssociation",
    "AWS::GuardDuty::",
    "AWS::IAM::",
    "AWS::IdentityStore::",
    "AWS::KMS::Key",
    "AWS::Organizations::",
    "AWS::RolesAnywhere::",
    "AWS::SSO::",
    "AWS::SecurityHub::Hub",
)
"""Types, by their beginnings, whose requests matter even where CloudTrail hides the properties."""

IDENTITIES = ("AWS::IAM::", "AWS::SSO::PermissionSet")

TITLES = {
    "CreateResource": "Sensitive resource created through Cloud Control API",
    "DeleteResource": "Sensitive resource deleted through Cloud Control API",
    "UpdateResource": "Sensitive resource changed through Cloud Control API",
}
OPENED = "Resource opened to outsiders through Cloud Control API"
LOCKED = "Resource locked by its policy through Cloud Control API"
WEBSITE = "Events sent to a website through Cloud Control API"
MACHINES = "Expensive machines made through Cloud Control API"
CONDITIONS = {
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
    "PrincipalOrgID": ("StringLike", "aws:PrincipalOrgID"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "SourceArn": ("ArnLike", "aws:SourceArn"),
}


def detect(event: Event) -> Match | None:
    kind, name = event.request("typeName"), name_of(event)
    resource = f"{kind} {name}".strip()
    document = {"Version": VERSION, "Statement": statements_of(event)}
    if grants := list(external_grants(document, event)):
        public = next((grant for grant in grants if grant.is_public), None)
        label = f"{resource} open to {(public or grants[0]).to}"
        return Match(label, Severity.CRITICAL if public else None, resource, OPENED)
    if left := lockout_of(document["Statement"], event):
        is_new = event.name == "CreateResource" and not kind.endswith("Policy")
        return Match(f"{resource} {left}", Severity.MEDIUM if is_new else None, resource, LOCKED)
    plain = plain_call(event)
    if event.caller in DEPLOYMENT and not (plain and plain.of_pipelines):
        return None
    if plain:
        return Match(f"{resource}, as {plain.call}", plain.severity, resource, TITLES[event.name])
    return by_type(event, kind, resource)


def by_type(event: Event, kind: str, resource: str) -> Match | None:
    """Judge a request by what it opens or makes, and else by the type of its resource."""
    if opened_to := exposure_of(event):
        return Match(f"{resource} open to {opened_to}", Severity.HIGH, resource, OPENED)
    if kind.startswith(IDENTITIES) and makes_administrator(event):
        return Match(
            f"{resource} made an administrator", Severity.HIGH, resource, TITLES[event.name]
        )
    if site := website_of(event):
        return Match(f"{resource} to {site}", Severity.MEDIUM, resource, WEBSITE)
    if machines := accelerated_type(event) or many_machines(event):
        return Match(f"{resource} of {machines}", Severity.MEDIUM, resource, MACHINES)
    if not kind.startswith(SENSITIVE) and not deletes_data(event):
        return None
    return Match(resource, Severity.MEDIUM, resource, TITLES[event.name])


def name_of(event: Event) -> str:
    """Return the resource's identifier; else the first name among the properties."""
    state = parsed(event.request("desiredState"))
    properties = state if isinstance(state, Mapping) else {}
    names = [text_of(value) for key, value in properties.items() if key.endswith("Name")]
    given = (event.request("identifier"), event.answer("progressEvent.identifier"), *names)
    return next(filter(None, given), "")


def statements_of(event: Event) -> list[Any]:
    """Return the statements of every policy that the request writes in clear."""
    return [found for part in properties_of(event) if (found := statement_of(part))]


def statement_of(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the policy statement that an object is, or stands for; else None."""
    if "effect" in {name.lower() for name in part}:
        return part
    if "Principal" in part and "Action" in part:
        return permission(part)
    names = text_of(part.get("path")).split("/")
    if "Principal" in names and part.get("op") in ("add", "replace"):
        kind = names[names.index("Principal") + 1 :][:1]
        principal = {kind[0]: part.get("value")} if kind else part.get("value")
        return {"Effect": "Allow", "Principal": principal}
    return None


def permission(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the statement that a permission of a Lambda function or layer adds."""
    principal = text_of(part.get("Principal"))
    limits = {CONDITIONS[name]: part[name] for name in CONDITIONS if part.get(name)}
    return {
        "Effect": "Allow",
        "Principal": {"Service" if ".amazonaws.com" in principal else "AWS": principal},
        "Condition": {test: {key: value} for (test, key), value in limits.items()},
    }


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudcontrolapi:CreateResource",
        "cloudcontrolapi:DeleteResource",
        "cloudcontrolapi:UpdateResource",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098", "T1546"],
        Tactic.DEFENSE_EVASION: ["T1562.001"],
        Tactic.IMPACT: ["T1485"],
    },
    response="Look at the resource and its policy. If the caller cannot explain it, undo the "
    "change and disable the credentials. Then search for use of the resource from outside.",
    false_positives="A partner's account: name it in `trusted_accounts`. Infrastructure tools that "
    "use Cloud Control API: name their role in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/security.html"],
)

ENVIRONMENT = replace(DEPLOYED, organization_id="o-a1b2c3d4e5")
LAMBDA = "AWS::Lambda::Permission"
OUTSIDER = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
QUEUE = f"arn:aws:sqs:us-east-1:{OTHER_ACCOUNT}:loot"
INVOKE: Fields = {"FunctionName": "orders", "Action": "lambda:InvokeFunction"}


EXPOSED: dict[str, Fields] = {
    "AWS::Cognito::IdentityPool": {"AllowUnauthenticatedIdentities": True},
    "AWS::Events::Rule": {"Targets": [{"Id": "1", "Arn": QUEUE}]},
    "AWS::Lambda::Function": {"Layers": [QUEUE.replace(":sqs:", ":lambda:")]},
    "AWS::Logs::SubscriptionFilter": {"DestinationArn": QUEUE},
    "AWS::Lambda::Url": {"TargetFunctionArn": "f", "AuthType": "NONE"},
    "AWS::EKS::Cluster": {"ResourcesVpcConfig": {"PublicAccessCidrs": ["0.0.0.0/0"]}},
    "AWS::OpenSearchServerless::SecurityPolicy": {"Policy": '[{"AllowFromPublic": true}]'},
    "AWS::RDS::DBInstance": {"PubliclyAccessible": "true"},
    "AWS::S3::Bucket": {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}},
}


def examples() -> Examples:
    anyone, label = (
        created(LAMBDA, INVOKE | {"Principal": "*"}),
        f"{LAMBDA} orders open to anyone",
    )
    yield alerts("a public function", anyone, severity=Severity.CRITICAL, label=label)
    account = created(LAMBDA, INVOKE | {"Principal": OTHER_ACCOUNT})
    yield alerts(
        "another account's function", account, severity=Severity.HIGH, subject=f"{LAMBDA} orders"
    )
    key: Fields = {"KeyPolicy": policy("kms:*", Principal={"AWS": OUTSIDER})}
    yield alerts("a key policy as text", created("AWS::KMS::Key", key), severity=Severity.HIGH)
    queue: Fields = {"PolicyDocument": json.loads(policy("sqs:*", Principal="*"))}
    yield alerts("a queue", created("AWS::SQS::QueuePolicy", queue), severity=Severity.CRITICAL)
    trusted = json.loads(trust({"AWS": OUTSIDER}))
    whole = patched("/AssumeRolePolicyDocument", trusted)
    yield alerts("a role's trust", whole, severity=Severity.HIGH, subject="AWS::IAM::Role app")
    place = "/AssumeRolePolicyDocument/Statement/0/Principal"
    yield alerts("one more in it", patched(f"{place}/AWS", OUTSIDER), severity=Severity.HIGH)
    yield alerts("anyone in it", patched(place, "*"), severity=Severity.CRITICAL)
    hidden = created("AWS::IAM::User", "HIDDEN_DUE_TO_SECURITY_REASONS", by=ROLE)
    yield alerts("a user", hidden, severity=Severity.MEDIUM, subject="AWS::IAM::User")
    yield from locked()
    detector: Fields = {"typeName": "AWS::GuardDuty::Detector", "identifier": "d"}
    deleted = request("cloudcontrolapi:DeleteResource", **detector)
    yield alerts("a detector deleted", deleted, subject="AWS::GuardDuty::Detector d")
    yield from as_plain_calls()
    topic: Fields = {"Principal": "sns.amazonaws.com", "SourceAccount": ACCOUNT}
    yield silent("an own topic", created(LAMBDA, INVOKE | topic))
    for limit in ("PrincipalOrgID", "OrganizationId"):
        limited: Fields = {"Principal": "*", limit: "o-a1b2c3d4e5"}
        yield silent(f"anyone within {limit}", created(LAMBDA, INVOKE | limited))
    yield from exposures()
    yield from administrators()
    yield silent("a user, by the pipeline", created("AWS::IAM::User", {}, by=DEPLOYER))
    yield silent("a bucket", created("AWS::S3::Bucket", {"BucketName": "files"}))
    own = patched(f"{place}/AWS", f"arn:aws:iam::{ACCOUNT}:root", by=DEPLOYER)
    yield silent("an own account", own)


def locked() -> Examples:
    """Tell of policies that leave nobody of the account in."""
    denial: Fields = {"PolicyDocument": json.loads(policy("s3:*", effect="Deny", Principal="*"))}
    shut = created("AWS::S3::BucketPolicy", {"Bucket": "plans"} | denial)
    label = "AWS::S3::BucketPolicy open to nobody"
    yield alerts("a bucket for nobody", shut, severity=Severity.HIGH, label=label)
    yield alerts("by a pipeline, too", {**shut, "userIdentity": DEPLOYER}, severity=Severity.HIGH)
    mine = policy("kms:*", Principal={"AWS": USER["arn"]})
    key, kind = patched("/KeyPolicy", json.loads(mine), kind="AWS::KMS::Key"), "AWS::KMS::Key"
    label = f"{kind} app open to only the caller"
    yield alerts("a key for the caller alone", key, severity=Severity.HIGH, label=label)
    new = created(kind, {"KeyPolicy": mine})
    yield alerts("a new key for the caller alone", new, severity=Severity.MEDIUM)
    trail = {"Service": "cloudtrail.amazonaws.com"}
    refusal = json.loads(policy("s3:PutObject", effect="Deny", Principal=trail))
    silenced = created("AWS::S3::BucketPolicy", {"Bucket": "logs", "PolicyDocument": refusal})
    label = "AWS::S3::BucketPolicy closed to cloudtrail.amazonaws.com"
    yield alerts("a log", silenced, severity=Severity.HIGH, label=label)
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    clear = json.loads(policy("s3:*", effect="Deny", Principal="*", Condition=plain))
    closed = created("AWS::S3::BucketPolicy", {"Bucket": "plans", "PolicyDocument": clear})
    yield silent("connections in the clear", closed)
    site: Fields = {"InvocationEndpoint": "https://example.com/x"}
    sent = created("AWS::Events::ApiDestination", site)
    label = "AWS::Events::ApiDestination to https://example.com/x"
    yield alerts("a website", sent, severity=Severity.MEDIUM, label=label)


def as_plain_calls() -> Examples:
    for kind, plain in CREATIONS.items():
        label = f"{kind}, as {plain.call}"
        yield alerts(f"{kind} made", created(kind, {}), severity=plain.severity, label=label)
        tell = alerts if plain.of_pipelines else silent
        yield tell(f"{kind} made by a pipeline", created(kind, {}, by=DEPLOYER))
    delete = "cloudcontrolapi:DeleteResource"
    for kind, plain in DELETIONS.items():
        named: Fields = {"typeName": kind, "identifier": "x"}
        label = f"{kind} x, as {plain.call}"
        severe = request(delete, **named)
        yield alerts(f"{kind} deleted", severe, severity=plain.severity, label=label)
        tell = alerts if plain.of_pipelines else silent
        yield tell(f"{kind} deleted by a pipeline", request(delete, DEPLOYER, **named))
    for (kind, name), plain in SWITCHES.items():
        switched = patched(f"/{name}", False, kind=kind)
        yield alerts(f"{kind} {name} off", switched, severity=plain.severity)
        kept = patched(f"/{name}", True, kind=kind)
        tell = alerts if kind.startswith(SENSITIVE) else silent
        yield tell(f"{kind} {name} on", kept)
    for (kind, name, value), plain in VALUES.items():
        set_to = patched(f"/Part/{name}", value, kind=kind)
        yield alerts(f"{kind} {name} {value}", set_to, severity=plain.severity)
    trail = "AWS::CloudTrail::Trail"
    for (kind, path), plain in REMOVALS.items():
        patch = json.dumps([{"op": "remove", "path": path}])
        without: Fields = {"typeName": kind, "identifier": "x", "patchDocument": patch}
        less = request("cloudcontrolapi:UpdateResource", **without)
        yield alerts(f"{kind} without {path}", less, severity=plain.severity)
    on = patched("/IsLogging", True, kind=trail)
    yield alerts("a trail that goes on", on, severity=Severity.MEDIUM)
    made = created(trail, {"TrailName": "new", "IsLogging": False})
    yield alerts("a trail made off", made, severity=Severity.MEDIUM)
    key = patched("/Description", "x", kind="AWS::KMS::Key")
    yield alerts("a key's description", key, severity=Severity.MEDIUM)


def administrators() -> Examples:
    everything, admin = policy("*"), "arn:aws:iam::aws:policy/AdministratorAccess"
    states: dict[str, Fields] = {
        "AWS::IAM::UserPolicy": {"UserName": "eve", "PolicyDocument": json.loads(everything)},
        "AWS::IAM::Role": {"RoleName": "app", "ManagedPolicyArns": [admin]},
        "AWS::SSO::PermissionSet": {"Name": "ops", "InlinePolicy": everything},
    }
    for kind, state in states.items():
        yield alerts(f"{kind} of an administrator", created(kind, state), severity=Severity.HIGH)
        by_pipeline = created(kind, state, by=DEPLOYER)
        yield silent(f"{kind} of an administrator, by the pipeline", by_pipeline)
    attached = patched("/ManagedPolicyArns/-", admin)
    yield alerts("a policy is added", attached, severity=Severity.HIGH)
    patch = json.dumps([{"op": "remove", "path": "/PermissionsBoundary"}])
    role: Fields = {"typeName": "AWS::IAM::Role", "identifier": "app", "patchDocument": patch}
    unbound = request("cloudcontrolapi:UpdateResource", **role)
    yield alerts("a boundary is removed", unbound, severity=Severity.HIGH)
    narrow = created("AWS::IAM::UserPolicy", {"PolicyDocument": policy("s3:GetObject")})
    yield alerts("a narrow policy", narrow, severity=Severity.MEDIUM)


def exposures() -> Examples:
    shares = {k: dict.fromkeys(names, OTHER_ACCOUNT) for k, names in RECEIVERS.items()}
    for kind, state in (EXPOSED | shares).items():
        exposed = created(kind, state)
        yield alerts(kind, exposed, severity=Severity.HIGH, subject=kind)
        yield silent(f"{kind}, by the pipeline", created(kind, state, by=DEPLOYER))
    port: Fields = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    ssh = created("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [port]})
    opening = "AWS::EC2::SecurityGroup open to tcp 22 to 0.0.0.0/0"
    yield alerts("a port", ssh, subject="AWS::EC2::SecurityGroup", label=opening)
    outward = created("AWS::EC2::SecurityGroup", {"SecurityGroupEgress": [port]})
    yield silent("outbound", outward)
    yield silent("outbound alone", created("AWS::EC2::SecurityGroupEgress", port))
    yield silent("the web", created("AWS::EC2::SecurityGroup", port | {"FromPort": 443}))
    public = patched("/PubliclyAccessible", True, kind="AWS::RDS::DBInstance")
    yield alerts("a database", public, severity=Severity.HIGH)
    unblocked = patched("/PublicAccessBlockConfiguration/BlockPublicAcls", False)
    yield alerts(
        "a bucket's block", unblocked, label="AWS::IAM::Role app open to policies for anyone"
    )
    yield silent(
        "a private one", patched("/PubliclyAccessible", False, kind="AWS::RDS::DBInstance")
    )
    yield silent("a URL with sign-in", created("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}))
    service = "AWS::EC2::VPCEndpointServicePermissions"
    added = patched("/AllowedPrincipals/-", "*", kind=service)
    yield alerts("one more receiver", added, label=f"{service} app open to anyone")
    inside: Fields = {"Principals": [ACCOUNT]}
    yield silent("a share within", created("AWS::RAM::ResourceShare", inside))
    gpu = created("AWS::EC2::Instance", {"InstanceType": "p5.48xlarge"})
    yield alerts(
        "a machine", gpu, severity=Severity.MEDIUM, label="AWS::EC2::Instance of p5.48xlarge"
    )
    book = created("AWS::SageMaker::NotebookInstance", {"InstanceType": "ml.p5.48xlarge"})
    yield alerts("a notebook", book, severity=Severity.MEDIUM)
    group: Fields = {"MinSize": "50", "MaxSize": "90"}
    many = created("AWS::AutoScaling::AutoScalingGroup", group)
    yield alerts("many machines", many, severity=Severity.MEDIUM)
    few = created("AWS::AutoScaling::AutoScalingGroup", group | {"MinSize": "49"})
    yield silent("some machines", few)
    ours: Fields = {"Targets": [{"Id": "1", "Arn": QUEUE.replace(OTHER_ACCOUNT, ACCOUNT)}]}
    extension: Fields = {"Layers": ["arn:aws:lambda:eu-central-1:066940009817:layer:x:1"]}
    yield silent("a layer of AWS", created("AWS::Lambda::Function", extension))
    yield silent("an own target", created("AWS::Events::Rule", ours))
    yield silent("a small machine", created("AWS::EC2::Instance", {"InstanceType": "t3.micro"}))
    store: Fields = {"typeName": "AWS::RDS::DBInstance", "identifier": "orders"}
    lost = request("cloudcontrolapi:DeleteResource", **store)
    flow: Fields = {"typeName": "AWS::EC2::FlowLog", "identifier": "fl-1"}
    unseen = request("cloudcontrolapi:DeleteResource", **flow)
    yield alerts("a log", unseen, severity=Severity.HIGH, subject="AWS::EC2::FlowLog fl-1")
    yield alerts("data", lost, severity=Severity.HIGH, subject="AWS::RDS::DBInstance orders")
    pool: Fields = {"typeName": "AWS::Cognito::UserPool", "identifier": "p"}
    people = request("cloudcontrolapi:DeleteResource", **pool)
    yield alerts("people", people, severity=Severity.MEDIUM)
    yield silent(
        "data, by the pipeline", request("cloudcontrolapi:DeleteResource", DEPLOYER, **store)
    )


def created(kind: str, state: Fields | str, *, by: Fields | None = None) -> Record:
    desired = state if isinstance(state, str) else json.dumps(state)
    return request("cloudcontrolapi:CreateResource", by, typeName=kind, desiredState=desired)


def patched(
    path: str, value: Any, *, by: Fields | None = None, kind: str = "AWS::IAM::Role"
) -> Record:
    patch = json.dumps([{"op": "replace", "path": path, "value": value}])
    role: Fields = {"typeName": kind, "identifier": "app", "patchDocument": patch}
    return request("cloudcontrolapi:UpdateResource", by, **role)
