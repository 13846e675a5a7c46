"""Powerful AWS-managed policy attached.

Policies such as PowerUserAccess or IAMFullAccess come close to administrator, or are one step
away from it. They are a quieter choice than AdministratorAccess for somebody who wants to stay.
"""

import re
from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    Fields,
    aws_service,
    denied,
    iam_user,
    record,
    service_linked_role,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import entity_of, policy_name

IDENTITY = frozenset(
    {
        "AWSOrganizationsFullAccess",
        "AWSSSOMasterAccountAdministrator",
        "AWSSSOMemberAccountAdministrator",
        "IAMFullAccess",
    }
)
"""Their holders can make themselves administrators at any time."""

STRONG = IDENTITY | {
    "AWSCloudFormationFullAccess",
    "AWSCodeBuildAdminAccess",
    "AWSDataPipeline_FullAccess",
    "AWSGlueConsoleSageMakerNotebookFullAccess",
    "AWSKeyManagementServicePowerUser",
    "AWSLambda_FullAccess",
    "AdministratorAccess-AWSElasticBeanstalk",
    "AdministratorAccess-Amplify",
    "AmazonDynamoDBFullAccess",
    "AmazonEC2FullAccess",
    "AmazonS3FullAccess",
    "AmazonSSMFullAccess",
    "AmazonSageMakerFullAccess",
    "DataScientist",
    "DatabaseAdministrator",
    "NetworkAdministrator",
    "PowerUserAccess",
    "SecretsManagerReadWrite",
    "SystemAdministrator",
}

MANAGED = re.compile(r"arn:aws[\w-]*:iam::aws:policy/")


def detect(event: Event) -> Match | None:
    arn, policy, entity = (
        event.text("requestParameters.policyArn"),
        policy_name(event),
        entity_of(event),
    )
    if not event.succeeded or event.by_automation or not MANAGED.match(arn):
        return None
    full = "FullAccess" in policy and entity.startswith("user ")
    if not (full or policy in STRONG):
        return None
    return Match(f"{policy} to {entity}"[:100], severity=severity(policy), subject=entity)


def severity(policy: str) -> Severity:
    if policy in IDENTITY:
        return Severity.HIGH
    return Severity.MEDIUM if policy in STRONG else Severity.LOW


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AttachRolePolicy"],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Ask whoever attached it what for. If there is no answer, detach it, contain the "
    "giver and the receiver, and offer a policy with the few actions that are needed.",
    false_positives="Somebody who tries things out by hand with the policy that is at hand.",
    references=["https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    for policy in ("IAMFullAccess", "PowerUserAccess", "AmazonSNSFullAccess"):
        yield alerts(f"{policy} to a user", attached(alice, "User", policy))
    yield alerts("to a role", attached(alice, "Role", "AWSLambda_FullAccess"))
    yield alerts("to a group", attached(alice, "Group", "job-function/SystemAdministrator"))
    yield silent("all of one service to a role", attached(alice, "Role", "AmazonSNSFullAccess"))
    yield silent("reading only", attached(alice, "User", "ReadOnlyAccess"))
    by_aws = attached(aws_service("cloudformation"), "Role", "PowerUserAccess")
    yield silent("AWS itself", by_aws)
    linked = service_linked_role("AWSServiceRoleForSSO", "sso")
    yield silent("IAM Identity Center", attached(linked, "Role", "PowerUserAccess"))
    yield silent("refused", denied("iam:AttachUserPolicy", alice))


def attached(by: Fields, kind: str, policy: str) -> Record:
    told = {f"{kind.lower()}Name": "target", "policyArn": f"arn:aws:iam::aws:policy/{policy}"}
    return record(f"iam:Attach{kind}Policy", by, requestParameters=told)
