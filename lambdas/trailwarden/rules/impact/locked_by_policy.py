"""Resource locked by its own policy.

A policy that denies everybody outranks all permissions of the account. Data is then held for ransom
without being copied or deleted. Only the account's root user may be able to lift some of them.
One that denies a service that writes logs silences them where they are stored.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    execution_role,
    policy,
    refused,
    request,
)
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.lockout import left_by_denials, log_services_refused
from trailwarden.services.organizations import GUARDRAILS, left_by_guardrail
from trailwarden.services.resource_policies import READS, policies, resource_of

UNLOGGED = "Service that writes logs refused by a policy"


def detect(event: Event) -> Match | None:
    left = (left_by_denials(d, READS.get(event.action, ()), event) for d in policies(event))
    is_guardrail = event.action in GUARDRAILS
    who = left_by_guardrail(event) if is_guardrail else next(filter(None, left), "")
    resource = event.request("policyId") or resource_of(event)
    if not who:
        refused = {s: None for d in policies(event) for s in log_services_refused(d, event)}
        label = f"{event.service} {resource} closed to {', '.join(refused)}"
        return Match(label, subject=resource or event.service, title=UNLOGGED) if refused else None
    severity = Severity.LOW if event.name == "CreatePolicy" else None  # attached to nothing yet
    label = f"{event.service} {resource} open to {who}"
    return Match(label, severity=severity, subject=resource or event.service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*READS, *GUARDRAILS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1486", "T1531"], Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the previous policy back, of a bucket as the account's root user. Disable the "
    "caller's credentials first. Find out what else the caller has changed.",
    false_positives="An administrator hardens a bucket of logs, and spares only their own role.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html"
    ],
)

ME = f"arn:aws:iam::{ACCOUNT}:user/mallory"
APP = f"arn:aws:iam::{ACCOUNT}:role/app"


def examples() -> Examples:
    vault: Fields = {"backupVaultName": "attic", "policy": denial("*")}
    held = request("backup:PutBackupVaultAccessPolicy", **vault)
    yield alerts("a vault", held, subject="attic")
    everybody = put(denial("s3:*"))
    label = "s3 plans open to nobody"
    yield alerts("everybody", everybody, severity=Severity.HIGH, subject="plans", label=label)
    but_me = denial("s3:*", {"ArnNotEquals": {"aws:PrincipalArn": ME}})
    yield alerts("all but the caller", put(but_me), label="s3 plans open to only the caller")
    yield from of_words()
    stranger = {"StringNotEquals": {"aws:PrincipalAccount": OTHER_ACCOUNT}}
    seen = f"s3 plans open to account {OTHER_ACCOUNT}"
    yield alerts("all but a stranger", put(denial("s3:Get*", stranger)), label=seen)
    spared = policy("s3:*", effect="Deny", NotPrincipal={"AWS": ME})
    yield alerts("all but the caller, as principals", put(spared))
    secret: Fields = {"secretId": "app/1", "resourcePolicy": denial("secretsmanager:*")}
    yield alerts("a secret", request("secretsmanager:PutResourcePolicy", **secret))
    directory: Fields = {"bucketName": "d--x-s3", "bucketPolicy": denial("s3express:*")}
    yield alerts("a directory bucket", request("s3express:PutBucketPolicy", **directory))
    domain: Fields = {"domainName": "search", "accessPolicies": denial("es:*")}
    for action in ("es:UpdateDomainConfig", "es:UpdateElasticsearchDomainConfig"):
        yield alerts(action, request(action, **domain), subject="search")
    point = {"PutAccessPointPolicyRequest": {"Policy": denial("s3:*")}}
    led = request("s3:PutAccessPointPolicy", name="reports", **dict[str, Any](point))
    yield alerts("an access point", led, subject="reports")
    details = {"Details": {"Name": "reports", "Policy": denial("s3:*")}}
    several = {"PutMultiRegionAccessPointPolicyRequest": details}
    everywhere = request("s3:PutMultiRegionAccessPointPolicy", **dict[str, Any](several))
    yield alerts("an access point of many Regions", everywhere)
    catalog = request("glue:PutResourcePolicy", policyInJson=denial("glue:Get*"))
    yield alerts("a catalogue", catalog, subject="glue")
    old: Fields = {"vaultName": "attic", "policy": {"policy": denial("glacier:*")}}
    yield alerts("an archive", request("glacier:SetVaultAccessPolicy", accountId="-", **old))
    attributes = {"Policy": denial("sqs:*")}
    jobs = request("sqs:SetQueueAttributes", queueUrl="jobs", attributes=attributes)
    yield alerts("a queue", jobs, subject="jobs")
    attempt: Fields = {"bucketName": "plans", "bucketPolicy": denial("s3:*")}
    pattern = {"StringNotLike": {"aws:PrincipalArn": "*:user/mallory"}}
    yield alerts("all but one name", put(denial("s3:*", pattern)))
    team = {"StringNotLike": {"aws:PrincipalArn": "*:user/mall*"}}
    yield silent("all but some names", put(denial("s3:*", team)))
    yield alerts("refused", refused("s3:PutBucketPolicy", **attempt), severity=Severity.LOW)
    endpoint = {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    yield silent("all but an endpoint", put(denial("s3:*", endpoint)))
    own = {"ArnNotLike": {"aws:PrincipalArn": [ME, APP]}}
    yield silent("all but some", put(denial("s3:*", own)))
    yield from of_some()
    yield from of_logs()
    yield from of_organizations()


def of_words() -> Examples:
    """Tell of denials that spare who sends a word."""
    for key in ("aws:UserAgent", "aws:Referer"):
        word = {"StringNotEquals": {key: "s3cr3t"}}
        label = "s3 plans open to only the caller"
        yield alerts(f"all who do not send a word, {key}", put(denial("s3:*", word)), label=label)
        yield silent(f"pictures on other sites, {key}", put(denial("s3:GetObject", word)))
        known = {"StringEquals": {key: "s3cr3t"}}
        yield silent(f"those who send a word, {key}", put(denial("s3:*", known)))
        rest = policy("s3:*", effect="Deny", Principal="*", Condition=word)
        rest = rest.replace('"Action": "s3:*"', '"NotAction": "s3:ListBucket"')
        yield alerts(f"all but listing without a word, {key}", put(rest), label=label)


def of_some() -> Examples:
    account = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    yield silent("all but the account", put(denial("s3:*", account)))
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    yield silent("connections in the clear", put(denial("s3:*", plain)))
    kept: Fields = {"backupVaultName": "attic", "policy": denial("backup:DeleteRecoveryPoint")}
    yield silent("a vault kept", request("backup:PutBackupVaultAccessPolicy", **kept))
    yield from without_data()


def without_data() -> Examples:
    topic: Fields = {"topicArn": "news", "attributeName": "Policy"}
    silenced = request("sns:SetTopicAttributes", **topic, attributeValue=denial("sns:*"))
    yield alerts("a topic", silenced, subject="news")
    bus = request("events:PutPermission", eventBusName="default", policy=denial("events:*"))
    yield alerts("an event bus", bus, subject="default")
    function: Fields = {"resourceArn": "jobs", "policy": denial("lambda:*")}
    yield alerts("a function", request("lambda:PutResourcePolicy", **function), subject="jobs")
    role: Fields = {"roleName": "OrgAdmin", "policyDocument": denial("sts:AssumeRole")}
    yield alerts("a role", request("iam:UpdateAssumeRolePolicy", **role), subject="OrgAdmin")


def of_logs() -> Examples:
    trail = {"Service": "cloudtrail.amazonaws.com"}
    silenced = put(policy("s3:PutObject", effect="Deny", Principal=trail))
    label = "s3 plans closed to cloudtrail.amazonaws.com"
    yield alerts("a log", silenced, severity=Severity.HIGH, subject="plans", label=label)
    in_stack = {**silenced, "userIdentity": execution_role()}
    yield alerts("a log, by a stack", in_stack, severity=Severity.HIGH)
    function = policy("s3:PutObject", effect="Deny", Principal={"Service": "lambda.amazonaws.com"})
    yield silent("another service", put(function))


def of_organizations() -> Examples:
    update, kind = "organizations:UpdatePolicy", "SERVICE_CONTROL_POLICY"
    turned = request(update, policyId="p-1", content=policy("*", effect="Deny"))
    yield alerts("whole accounts", turned, severity=Severity.HIGH, subject="p-1")
    mine = policy(
        "*", effect="Deny", Condition={"ArnNotLike": {"aws:PrincipalArn": "*:user/mallory"}}
    )
    named: Fields = {"name": "closed", "description": "", "type": kind, "content": mine}
    made = request("organizations:CreatePolicy", **named)
    yield alerts("a policy to be attached", made, severity=Severity.LOW, subject="closed")
    guard = policy("organizations:LeaveOrganization", effect="Deny")
    yield silent("one act less", request(update, policyId="p-1", content=guard))
    few = policy("*", effect="Deny").replace('"Action"', '"NotAction"').replace('"*"', '"ec2:*"', 1)
    yield silent("a few services alone", request(update, policyId="p-1", content=few))


def denial(action: str, condition: Mapping[str, Any] | None = None) -> str:
    return policy(action, effect="Deny", Principal="*", Condition=condition or {})


def put(document: str) -> Record:
    return request("s3:PutBucketPolicy", bucketName="plans", policy="", bucketPolicy=document)
