"""What runs at night: backups, snapshots, big data, and the rotation of secrets."""

from collections.abc import Iterator

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.machines import instance_session
from trailwarden.scenario.company.telling import (
    SDK,
    Day,
    Draw,
    Session,
    by_aws,
    call,
    moved,
    service_event,
    tell,
)
from trailwarden.scenario.company.world import Account, Kind


def backups(account: Account, day: Day) -> Iterator[Record]:
    """AWS Backup copies disks and databases at night, and lets old copies go."""
    if account.kind not in (Kind.PRODUCTION, Kind.STAGING):
        return
    draw = day.draw(f"{account.id} backups")
    minute = day.at(1) + draw.random() * 30
    identity = moved(
        samples.assumed_role(
            "AWSBackupDefaultServiceRole", "AWSBackup-1234", path="/service-role/"
        ),
        account,
        minute,
    )
    session = Session(identity=identity, account=account, address="", user_agent="").through(
        "backup"
    )
    vault = f"arn:aws:backup:{account.region}:{account.id}:backup-vault:Default"
    for number in range(2):
        yield from tell(session, BACKING_UP, draw, minute + number * 4)
    done = service_event("backup:RecoveryPointCreated", backupVaultArn=vault, state="COMPLETED")
    gone = service_event("backup:RecoveryPointDeleted", backupVaultArn=vault, state="DELETED")
    yield from tell(by_aws("backup", account), [done, done, gone], draw, minute + 30)
    if day.number % 7 == 0:
        old = call("ec2:DeleteSnapshot", snapshotId="{snapshot}")
        yield from tell(session, [old] * 6, draw, minute + 40)


BACKING_UP = (
    call("ec2:DescribeVolumes", maxResults=500),
    call(
        "ec2:CreateSnapshot",
        volumeId="{volume}",
        description="This snapshot is created by the AWS Backup service.",
        answer={"snapshotId": "{snapshot}", "volumeId": "{volume}", "status": "pending"},
    ),
    call(
        "ec2:CreateTags",
        resourcesSet={"items": [{"resourceId": "{snapshot}"}]},
        tagSet={"items": [{"key": "aws:backup:source-resource", "value": "{volume}"}]},
    ),
    call(
        "rds:CreateDBSnapshot",
        dBSnapshotIdentifier="awsbackup:job-{hex}",
        dBInstanceIdentifier="orders",
    ),
    call("rds:DescribeDBSnapshots", dBSnapshotIdentifier="awsbackup:job-{hex}"),
)


def snapshots(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Data Lifecycle Manager keeps seven snapshots of each disk."""
    minute = day.at(3) + draw.random() * 20
    role = samples.assumed_role("AWSDataLifecycleManagerDefaultRole", "dlm", path="/service-role/")
    session = Session(
        identity=moved(role, account, minute), account=account, address="", user_agent=""
    )
    kept = call(
        "ec2:CreateSnapshots",
        CreateSnapshotsRequest={"InstanceSpecification": {"InstanceId": "{instance}"}},
    )
    old = call("ec2:DeleteSnapshot", snapshotId="{snapshot}")
    for number in range(3):
        yield from tell(session.through("dlm"), [kept, old], draw, minute + number)


def clusters_for_data(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """A cluster of EMR is started each night by the scheduler, and ends when its work is done."""
    minute = day.at(0.5) + draw.random() * 10
    scheduler = samples.task("airflow-worker", f"{draw.getrandbits(128):032x}")
    session = Session(
        identity=moved(scheduler, account, minute),
        account=account,
        address=draw.choice(account.nat_addresses),
        user_agent=SDK,
    )
    starts = call(
        "elasticmapreduce:RunJobFlow",
        name="nightly",
        releaseLabel="emr-7.9.0",
        instances={
            "instanceGroups": [
                {"instanceRole": "MASTER", "instanceType": "m6g.xlarge", "instanceCount": 1},
                {"instanceRole": "CORE", "instanceType": "r6g.2xlarge", "instanceCount": 6},
            ],
            "ec2SubnetId": "{subnet}",
        },
        jobFlowRole="EMR_EC2_DefaultRole",
        serviceRole="EMR_DefaultRole_V2",
        logUri="s3://{account}-emr-logs/",
        answer={"jobFlowId": "j-{number}"},
    )
    yield from tell(session, [starts], draw, minute)
    watches = call("elasticmapreduce:DescribeCluster", clusterId="j-{number}")
    yield from tell(session, [watches] * 12, draw, minute + 1, pace=300)
    role = samples.assumed_role("EMR_DefaultRole_V2", "CCSSession", path="/service-role/")
    service = Session(
        identity=moved(role, account, minute), account=account, address="", user_agent=""
    ).through("elasticmapreduce")
    yield from tell(service, EMR_STARTS, draw, minute + 1)
    ends = call("ec2:TerminateInstances", instancesSet={"items": [{"instanceId": "{instance}"}]})
    yield from tell(service, [ends], draw, minute + 120)
    for number in range(7):
        worker = f"i-0{draw.getrandbits(64):016x}"
        node = instance_session(account, "EMR_EC2_DefaultRole", worker, minute + 60)
        yield from tell(node, EMR_NODE, draw, minute + 5 + number * 0.2)


EMR_STARTS = (
    call("ec2:DescribeSubnets"),
    call("ec2:DescribeSecurityGroups", maxResults=1000),
    call(
        "ec2:AuthorizeSecurityGroupIngress",
        groupId="{group}",
        ipPermissions={
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 8443,
                    "toPort": 8443,
                    "groups": {"items": [{"groupId": "{group2}", "userId": "{account}"}]},
                }
            ]
        },
    ),
    call(
        "ec2:RunInstances",
        instancesSet={"items": [{"minCount": 7, "maxCount": 7, "imageId": "{image}"}]},
        instanceType="r6g.2xlarge",
        subnetId="{subnet}",
        answer={"instancesSet": {"items": [{"instanceId": "{instance}", "imageId": "{image}"}]}},
    ),
)

EMR_NODE = (
    call("glue:GetDatabases"),
    call("glue:GetTables", databaseName="lake"),
    call("s3:GetBucketLocation", bucketName="{account}-lake", Host="s3.amazonaws.com"),
    call("dynamodb:DescribeTable", tableName="checkpoints"),
)


def rotation(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Secrets Manager changes the password of the database twice a month, by a function."""
    if day.number % 14 != int(account.id) % 14:
        return
    minute = day.at(2) + draw.random() * 60
    secret = (
        f"arn:aws:secretsmanager:{account.region}:{account.id}:secret:{account.team}/app-Ab12Cd"
    )
    asked = service_event("secretsmanager:RotationStarted", secretId=secret)
    yield from tell(by_aws("secretsmanager", account), [asked], draw, minute)
    name = "SecretsManagerRotation"
    identity = moved(samples.function(name, f"{name}Role"), account, minute)
    agent = f"{SDK} exec-env/AWS_Lambda_python3.13"
    address = draw.choice(account.nat_addresses)
    session = Session(identity=identity, account=account, address=address, user_agent=agent)
    changes = (
        call("secretsmanager:DescribeSecret", secretId=secret),
        call("secretsmanager:GetSecretValue", secretId=secret, versionStage="AWSCURRENT"),
        call("secretsmanager:GetRandomPassword", excludeCharacters="/@"),
        call(
            "secretsmanager:PutSecretValue",
            secretId=secret,
            clientRequestToken="{hex}",
            versionStages=["AWSPENDING"],
        ),
        call("secretsmanager:UpdateSecretVersionStage", secretId=secret, versionStage="AWSCURRENT"),
    )
    yield from tell(session, changes, draw, minute + 0.2)
    finished = service_event("secretsmanager:RotationSucceeded", secretId=secret)
    yield from tell(by_aws("secretsmanager", account), [finished], draw, minute + 1)
