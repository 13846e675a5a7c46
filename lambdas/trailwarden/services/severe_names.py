"""Tells by its name whether an act is severe that no list has, as of a service that is new.

A name says that a thing is lost, opens or stops watching. Only names of refused requests are read.
Rules that know the service judge the others.
"""

import re

from trailwarden.services.severe_acts import LOCKED, SEVERE_ACTS

_LOST = re.compile(
    r"(?:Admin|Batch|Bulk)?(?:Close|Delete|Deregister|Disconnect|Purge|Rebuild|Remove|Terminate)"
    r"(?!\w*(?:Event|Metric|Monitoring|Route|Tags|Usage))\w*"
    r"(?:Account|AccountSubscription|Archive|Backup|Broker|Bucket|Cluster|Collection|Database|"
    r"DataLake|DeliveryStream|Directory|Disk|Domain|FileSystem|Graph|HostedZone|Image|Instance|"
    r"Keyspace|Namespace|NatGateway|Queue|RecoveryPoint|ReplicationConfiguration|ReplicationGroup|"
    r"Repository|Server|Snapshot|StateMachine|Store|Stream|Table|User|UserPool|Vault|Volume|Vpc|"
    r"VpcEndpoint|Workspace)s?\Z"
)
_GIVEN = re.compile(
    r"(?:Add|Admin|Associate|Attach|Create|Enable|Import|Put|Register|Set|Transfer|Update|Upload)"
    r"(?!\w*(?:Backup|Cache|Cors|Delivery|Headers|Lifecycle|Metric|Network|Origin|Request|Retry|"
    r"Rotation|Routing|Scaling|Scheduling|Stack|Stickiness|Termination|Traffic))\w*"
    r"(?:AccessEntry|Administrator|AwsAccount|Credentials?|GroupMembership|IdentityPoolRoles|"
    r"IdentityProvider|MFADevice|Password|Permissions?|PermissionSet|PodIdentityAssociation|"
    r"Policy|PublicKey|SigningCertificate|TrustAnchor|TrustStore|UserToGroup)\Z"
)
_UNSEEN = re.compile(
    r"(?:Deactivate|Delete|Detach|Disable|Disassociate|Mute|Stop|Suspend)"
    r"(?!\w*(?:Analysis|Application|AnomalyDetector|Approval|Event|Routing|Sip))\w*"
    r"(?:AlarmActions|Alarms?|ConfigRule|DataLake|Detector|FindingAggregator|Firewall|FlowLogs?|"
    r"Graph|Guardrail|Hub|HubV2|Logging|Logging\w*Configuration|Macie\w*|Members?|Monitoring|"
    r"Protection|Recorder|Recording|StreamEncryption|SubscriptionFilter|Trail|WebACL)\Z"
    r"|(?:Delete|Put)\w*(?:Encryption|LifecycleConfiguration|LockConfiguration|RetentionPolicy)\Z"
)
_REACHING = frozenset(
    {
        "datasync:CreateTask",
        "dynamodb:ExportTableToPointInTime",
        "ec2-instance-connect:SendSSHPublicKey",
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
        "ec2:AssociateIamInstanceProfile",
        "ec2:GetPasswordData",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ecs:ExecuteCommand",
        "elasticfilesystem:PutBackupPolicy",
        "es:UpdateDomainConfig",
        "events:DisableRule",
        "iam:UploadSSHPublicKey",
        "identitystore:CreateUser",
        "lambda:UpdateFunctionCode",
        "organizations:RemoveAccountFromOrganization",
        "rds:StartExportTask",
        "route53:ChangeResourceRecordSets",
        "sns:SetTopicAttributes",
        "sqs:SetQueueAttributes",
        "ssm:SendCommand",
        "ssm:StartSession",
    }
)
"""Acts on machines, code and stores whose names do not tell what they reach."""
_LISTED = frozenset({*SEVERE_ACTS, *LOCKED})


def is_listed(action: str) -> bool:
    """Say whether an act is one of the severe acts that are listed."""
    return action in _LISTED


def sounds_severe(action: str) -> bool:
    """Say whether the name of an act tells of loss, of access, or of an end of watching.

    >>> sounds_severe("dsql:DeleteCluster"), sounds_severe("sqs:TagQueue")
    (True, False)
    """
    name = action.partition(":")[2]
    return action in _REACHING or any(form.match(name) for form in (_LOST, _GIVEN, _UNSEEN))
