"""Deploy role took up a duty that no deployment has.

Most rules leave deploy roles alone, and an intruder who takes over a pipeline has its exemptions.
Deployments run no models, open no shells, send no mails, and rent no GPUs. They do not read all
secrets or all of IAM, export data, or look after people. A pipeline with such a duty has it for
months.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    USER,
    Fields,
    assumed_role,
    request,
)
from trailwarden.correlations import by_actor, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import LAUNCHES, instance_types, is_accelerated
from trailwarden.services.rds import is_true

DUTIES: Mapping[str, str] = {
    "account:PutAlternateContact": "contacts of the account",
    "aws-marketplace:Subscribe": "products of the marketplace",
    "bedrock-agentcore:StartCodeInterpreterSession": "shells",
    "bedrock:Converse": "models",
    "bedrock:ConverseStream": "models",
    "bedrock:InvokeModel": "models",
    "bedrock:InvokeModelWithResponseStream": "models",
    "cloudshell:CreateSession": "shells",
    "codebuild:StartSandbox": "shells",
    "cognito-idp:AdminSetUserPassword": "passwords of users",
    "ds:ResetUserPassword": "passwords of users",
    "dynamodb:ExportTableToPointInTime": "exports of data",
    "ec2-instance-connect:OpenTunnel": "shells",
    "ec2-instance-connect:SendSSHPublicKey": "shells",
    "ec2:CreateInstanceExportTask": "exports of data",
    "ec2:ExportImage": "exports of data",
    "ec2:GetPasswordData": "passwords of machines",
    "ecs:ExecuteCommand": "shells",
    "iam:GenerateCredentialReport": "all of IAM",
    "iam:GetAccountAuthorizationDetails": "all of IAM",
    "identitystore:CreateUser": "people of Identity Center",
    "lightsail:DownloadDefaultKeyPair": "passwords of machines",
    "lightsail:GetInstanceAccessDetails": "passwords of machines",
    "logs:CreateExportTask": "exports of data",
    "rds:StartExportTask": "exports of data",
    "secretsmanager:BatchGetSecretValue": "secrets in batches",
    "ses:PutAccountDetails": "mails",
    "ses:SendEmail": "mails",
    "ses:SendRawEmail": "mails",
    "ses:UpdateAccountSendingEnabled": "mails",
    "signin:GetSigninToken": "the console",
    "snowball:CreateJob": "exports of data",
    "ssm:GetParametersByPath": "the whole parameter store",
    "ssm:StartSession": "shells",
    "sso:CreateAccountAssignment": "people of Identity Center",
    "support:CreateCase": "cases of AWS Support",
    "workmail:ResetPassword": "passwords of users",
    "workmail:StartMailboxExportJob": "exports of data",
}
"""What no infrastructure code asks for, by what it is good for."""

MACHINES = "machines with GPUs"


def detect(event: Event) -> Match | None:
    if event.action in LAUNCHES:
        return Match(MACHINES) if any(map(is_accelerated, instance_types(event))) else None
    duty = DUTIES[event.action]
    return Match(duty) if event.name != "GetParametersByPath" or reads_all(event) else None


def reads_all(event: Event) -> bool:
    """Say whether a request decrypts all parameters, and not those of one program."""
    return event.request("path") == "/" and is_true(event.get("requestParameters.withDecryption"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*DUTIES, *LAUNCHES}),
    exempt=NOBODY,
    callers=frozenset({Caller.PIPELINE}),
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004", "T1195.002"],
        Tactic.IMPACT: ["T1496"],
        Tactic.CREDENTIAL_ACCESS: ["T1555.006"],
    },
    response="Find the run of the pipeline that did it, and the commit that it ran. If nobody "
    "explains it, stop the pipeline and revoke the role's sessions. Then read all acts of the "
    "role since that commit.",
    false_positives="A pipeline gets a new duty. It is told once for each, and again after three "
    "months without it.",
    correlation=first_use(by_actor, days=90),
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/ci/*",))
DEPLOYER, RELEASE = (assumed_role(name, path="/ci/") for name in ("deploy", "release"))


def examples() -> Examples:
    usual = request("cloudformation:UpdateStack", DEPLOYER, stackName="app")
    models = asked("bedrock:InvokeModel", modelId="m")
    yield alerts("models", usual, models, severity=Severity.MEDIUM, label="models")
    for action, duty in DUTIES.items():
        body: Fields = {"path": "/", "withDecryption": True} if "ByPath" in action else {}
        done = asked(action, **body)
        yield alerts(action, usual, done if body else bare(done), label=duty)
    for action in LAUNCHES:
        rented = asked(action, instanceType="p4d.24xlarge")
        yield alerts(f"{action} of GPUs", usual, rented, label=MACHINES)
    before = asked("bedrock:Converse", day=1, modelId="m")
    yield alerts("another duty", usual, before, bare(asked("ssm:StartSession")), label="shells")
    others = {**before, "userIdentity": RELEASE}
    yield alerts("another pipeline's duty", usual, others, models, label="models")
    heard = request("sts:GetCallerIdentity", day=50)
    yield alerts("after three months", before, heard, asked("bedrock:Converse", day=92))
    yield silent("its duty", usual, before, asked("bedrock:Converse", day=91))
    yield silent("a server", usual, asked("ec2:RunInstances", instanceType="m5.large"))
    path: Fields = {"path": "/orders", "withDecryption": True}
    yield silent("parameters of one program", usual, asked("ssm:GetParametersByPath", **path))
    names: Fields = {"path": "/", "withDecryption": False}
    yield silent("names of parameters", usual, asked("ssm:GetParametersByPath", **names))
    yield silent("another principal", usual, {**models, "userIdentity": USER})
    yield silent("in the first week", usual, asked("bedrock:InvokeModel", day=6, modelId="m"))


def asked(action: str, *, day: int = 7, **parameters: Any) -> Record:
    return request(action, DEPLOYER, day=day, **parameters)


def bare(record: Record) -> Record:
    """Return the record without parameters, which do not matter."""
    return {**record, "requestParameters": None}
