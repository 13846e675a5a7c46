"""Backup sent to another account.

A copy in another account's vault holds everything that the original does. Its owner restores it in
peace, and nothing here shows that.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.sharing import is_foreign

DESTINATIONS = (
    "crossAccountReplicaARN",
    "destinationBackupVaultArn",
    "mpaApprovalTeamArn",
    "targetLogicallyAirGappedBackupVaultArn",
)
TITLES = {
    "AssociateBackupVaultMpaApprovalTeam": "Backup vault put under another account's approval",
    "AssociateCrossAccountReplica": "Secret replicated to another account",
    "CreateBackupPlan": "Backup plan made to copy to another account",
    "UpdateBackupPlan": "Backup plan changed to copy to another account",
}


def detect(event: Event) -> Match | None:
    named = texts(event.get("requestParameters"), *DESTINATIONS)
    outside = [arn for arn in named if is_foreign(arn, event)]
    if not outside:
        return None
    thing = event.request("recoveryPointArn", "secretId")
    label = f"{thing} to {outside[0]}" if thing else outside[0]
    return Match(label, subject=outside[0], title=TITLES.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:AssociateBackupVaultMpaApprovalTeam",
        "backup:CreateBackupPlan",
        "backup:StartCopyJob",
        "backup:UpdateBackupPlan",
        "secretsmanager:AssociateCrossAccountReplica",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out whose account it is. If nobody knows, stop the job or take the copy out of "
    "the plan. Disable the credentials, and change the secrets that the data holds.",
    false_positives="An account for backups: name it in the own accounts of the tuning.",
    references=[
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html"
    ],
)

ENVIRONMENT = Environment(own_accounts=("222233334444",))


def examples() -> Examples:
    yield alerts("to a stranger", copy(OTHER_ACCOUNT), subject=vault(OTHER_ACCOUNT))
    for action in ("backup:CreateBackupPlan", "backup:UpdateBackupPlan"):
        yield alerts(action, plan(action, OTHER_ACCOUNT), subject=vault(OTHER_ACCOUNT))
    replica = f"arn:aws:secretsmanager:us-east-1:{OTHER_ACCOUNT}:secret:pay-AbCdEf"
    secret: Fields = {"secretId": "pay", "crossAccountReplicaARN": replica}
    sent = request("secretsmanager:AssociateCrossAccountReplica", **secret)
    yield alerts("a secret", sent, subject=replica, label=f"pay to {replica}")
    team = f"arn:aws:mpa:us-east-1:{OTHER_ACCOUNT}:approval-team/all"
    approval: Fields = {"backupVaultName": "gold", "mpaApprovalTeamArn": team}
    teamed = request("backup:AssociateBackupVaultMpaApprovalTeam", **approval)
    yield alerts("a vault's approval", teamed, subject=team)
    yield silent("to another vault", copy(ACCOUNT))
    yield silent("to an own account", copy("222233334444"))
    yield silent("a plan of one account", plan("backup:UpdateBackupPlan", ACCOUNT))


def vault(account: str) -> str:
    return f"arn:aws:backup:us-east-1:{account}:backup-vault:drop"


def copy(account: str) -> Record:
    point: Fields = {
        "recoveryPointArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:awsbackup:job-1",
        "sourceBackupVaultName": "gold",
        "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/backup",
    }
    return request("backup:StartCopyJob", **point, destinationBackupVaultArn=vault(account))


def plan(action: str, account: str) -> Record:
    copies = [{"destinationBackupVaultArn": vault(account)}]
    rules = [{"ruleName": "daily", "targetBackupVaultName": "gold", "copyActions": copies}]
    body: Fields = {"backupPlan": {"backupPlanName": "daily", "rules": rules}}
    if action.endswith("UpdateBackupPlan"):
        body["backupPlanId"] = "p-1"
    return request(action, **body)
