"""Each API operation close to what a rule names is named by a rule, too, or waived with a reason.

A new version of botocore brings new operations. What fails here then says which rule they are close
to, and what to do.
"""

import botocore
import pytest

from trailwarden import catalog
from trailwarden.authoring.families import family, unnamed, waived
from trailwarden.aws.api_models import operations, operations_asking, services
from trailwarden.cloudtrail.event_names import NAMES

NAMED = {event: module.RULE.id for module in catalog.shipped() for event in module.RULE.events}
REASONS = waived()
PUBLIC = (
    "[Pp]ubliclyAccessible|IsPubliclyAccessible|publicConnectivity|[Pp]ublicAccess|endpointPublicAccess"
    "|PublicSharingEnabled|InternetGatewayBlockMode|InternetGatewayExclusionMode|WebserverAccessMode"
    "|BlockPublicSecurityGroupRules"
)
"""Members of requests that open a thing to the internet, in whichever service."""

LOCKS = (
    "(?i:(?:deletion|delete|termination)protect(?:ion|ed)(?:enabled)?"
    "|disableapi(?:stop|termination))"
)
"""Members of requests that keep a thing from being deleted."""
RECEIVERS = (
    "(?i:(?:target|destination|peer|consumer|grantee|receiver|recipient|shared|tenant)\\w*account(?:ids?|s)?"
    "|(?:target|allowed|audience|delegated|partner|trusted|management)\\w*accounts?(?:ids?)?|owneraccounts?"
    "|granteeidentifier|sharetarget|sharerecipients|sharedwith|subscribers?|allowedprincipals|useridstoadd|accountidstoadd)"
)
"""Members of requests that name an account which gets something."""
CHANGES = ("Disable", "Modify", "Put", "Set", "Update")
READS = ("Describe", "Get", "List", "Search")
SAID_ELSEWHERE = {
    "access-analyzer:CreateAccessPreview": "it asks what a policy would allow, and changes nothing",
    "securityhub:BatchImportFindings": "it tells how another thing is set",
}
HARMLESS_LOCKS = {
    "appconfig:UpdateAccountSettings": "it asks again before settings in use are deleted",
    "cloudtrail:UpdateDashboard": "a dashboard shows data, and holds none",
    "end-user-messaging:UpdateBrandProfile": "a profile for senders, without data",
    "end-user-messaging:UpdateNotifyCodeConfiguration": "texts of codes, without data",
    "sms-voice:UpdateNotifyConfiguration": "texts of messages, without data",
    "sms-voice:UpdateProtectConfiguration": "a list of countries for messages",
    "sms-voice:UpdateRcsAgent": "a sender that is registered again in days",
    "wellarchitected:UpdateAgentOrganizationalProfile": "reviews, without data of customers",
    "wellarchitected:UpdateAgentProfile": "reviews, without data of customers",
}
NO_RECEIVERS = {
    "billing:TransferCredit": "it moves credit, and opens no data",
    "cleanrooms-ml:CreateConfiguredModelAlgorithmAssociation": "members of a told collaboration",
    "connect:BatchDisassociateAnalyticsDataSet": "it takes data sets away from an account",
    "directconnect:AllocateConnectionOnInterconnect": "AWS takes it from network carriers alone",
    "directconnect:AllocatePublicVirtualInterface": "it leads to AWS, and into no network",
    "ec2:DisableIpamOrganizationAdminAccount": "it takes the planning of addresses away",
    "ec2:EnableIpamOrganizationAdminAccount": "only an account of the organization can be named",
    "elasticache:ModifyUserGroup": "users of the cache itself",
    "imagebuilder:StartResourceStateUpdate": "it leaves out images that are shared",
    "iot:TransferCertificate": "a device goes, and nothing of the account is opened",
    "iotwireless:UpdatePartnerAccount": "it renames the account of a maker of devices",
    "mgn:StartNetworkMigrationMappingUpdate": "it plans where machines of a migration go",
    "resiliencehub:BatchUpdateRecommendationStatus": "it marks a piece of advice",
    **dict.fromkeys(
        ("ce:CreateAnomalySubscription", "ce:UpdateAnomalySubscription"), "it mails figures on cost"
    ),
}
TAKES_AWAY = ("Delete", "Disassociate")
PRINCIPALS = "(?i:principals?(?:arns?)?)"
"""Members of requests that name a principal who may do something."""
ASKS = (*READS, *TAKES_AWAY, "BatchGet", "BatchIs", "BatchRevoke", "Is", "Test")
REVOKES = ("Deregister", "Detach", "Remove", "Revoke")
OWN_PRINCIPALS = {
    "ec2:CreateNetworkInterface": "a service of AWS that manages the interface",
    "ec2:CreatePlacementGroup": "a service of AWS that manages the group",
    "ec2:ModifyIdentityIdFormat": "the form of ids that a principal sees",
    "ecr:RegisterPullTimeUpdateExclusion": "whose pulls do not count as use",
    "glue:CreateDatabase": "what own principals may do with tables to come",
    "glue:UpdateDatabase": "what own principals may do with tables to come",
    "iot:AttachThingPrincipal": "a certificate of a device",
    "lakeformation:AssumeDecoratedRoleWithSAML": "the caller's own identity provider",
    "lakeformation:CreateLakeFormationOptIn": "whose permissions count, and gives none",
    "managedblockchain:CreateProposal": "the members vote on it",
    "qbusiness:BatchPutDocument": "users of the assistant",
    "qbusiness:CreateSubscription": "users of the assistant",
    **dict.fromkeys(
        [
            *(f"quicksight:Create{kind}" for kind in ("ActionConnector", "Flow", "Folder")),
            *(f"quicksight:Create{kind}" for kind in ("KnowledgeBase", "Template", "Theme")),
            "quicksight:UpdateTopicPermissionsV2",
        ],
        "it holds no data of customers, and its permissions are waived, too",
    ),
    "servicecatalog:AssociatePrincipalWithPortfolio": "a principal of the own account",
}
LEAST_WORDS = 5


@pytest.fixture(scope="module")
def close() -> dict[str, str]:
    """Every operation that no rule names and that is close to one that is, and what to do."""
    return {kin.event: str(kin) for kin in unnamed(NAMED, services(), operations)}


def test_each_close_operation_is_named_or_waived(close: dict[str, str]) -> None:
    told = [text for event, text in close.items() if event not in REASONS]
    assert told == [], f"botocore {botocore.__version__}:\n" + "\n".join(told)


def test_a_waiver_is_of_an_operation_that_is_there_and_close(close: dict[str, str]) -> None:
    idle = [event for event in REASONS if event not in close and event not in NAMED]
    assert idle == [], "take these out of families.toml: nothing asks for them"


def test_a_waiver_gives_a_reason_in_words() -> None:
    assert not [reason for reason in set(REASONS.values()) if len(reason.split()) < LEAST_WORDS]


def test_each_operation_that_a_rule_names_is_one_that_records_can_have() -> None:
    unknown = [
        event
        for event in NAMED
        if "*" not in event and event not in NAMES and not _is_operation(*event.split(":", 1))
    ]
    assert unknown == []


def _is_operation(service: str, name: str) -> bool:
    return name in operations(service) or not operations(service)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DeleteMember", "DisassociateMembers"),
        ("UpdateFindings", "BatchUpdateFindingsV2"),
        ("CreateTrustAnchor", "EnableTrustAnchor"),
        ("CreateCluster", "CreateClusterV2"),
        ("StopLogging", "DeleteLogging"),
        ("GetParameter", "GetParameters"),
    ],
)
def test_siblings_are_of_one_family(one: str, other: str) -> None:
    assert family(one) == family(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CreateTrail", "DeleteTrail"),
        ("PutBucketPolicy", "PutBucketTagging"),
        ("TagRole", "UpdateRole"),
        ("GetSecretValue", "ListSecrets"),
    ],
)
def test_strangers_are_of_two_families(one: str, other: str) -> None:
    assert family(one) != family(other)


def test_a_new_operation_is_told_with_the_rule_that_it_is_close_to() -> None:
    told = [
        str(kin)
        for kin in unnamed(
            {"macie2:DisassociateMember": "macie2.weakened"},
            ["macie2"],
            lambda _: ["DisassociateMember", "BatchDisassociateMembersV2", "TagResource"],
        )
    ]
    assert told == [
        "macie2:BatchDisassociateMembersV2 does the same as macie2:DisassociateMember of "
        "macie2.weakened: add it to the `events` of a rule, with a story, or waive it with a "
        "reason in authoring/families.toml"
    ]


def test_a_new_service_that_hands_out_keys_is_told() -> None:
    told = [kin.event for kin in unnamed({}, ["new"], lambda _: ["GetNewToken", "ListThings"])]
    assert told == ["new:GetNewToken"]


def test_a_twin_of_another_service_is_told() -> None:
    named = {"wafv2:DeleteWebACL": "wafv2.web_acl_removed"}
    told = [kin.event for kin in unnamed(named, ["waf"], lambda _: ["DeleteWebACL"])]
    assert told == ["waf:DeleteWebACL"]


def test_names_that_only_the_console_writes_count() -> None:
    named = {"sso:AttachPolicyToPermissionSet": "sso.permission_set_made_admin"}
    told = {kin.event for kin in unnamed(named, ["sso"], lambda _: [])}
    assert "sso:PutPermissionsPolicy" in told


def test_each_request_that_can_open_a_thing_to_the_internet_is_looked_at() -> None:
    asking = operations_asking(PUBLIC)
    missing = {
        f"{event} takes {member}: have a rule read it, also where the request leaves it out"
        for event, member in asking.items()
        if event not in NAMED
        and event not in SAID_ELSEWHERE
        and not event.partition(":")[2].startswith(READS)
    }
    assert missing == set()
    assert {"rds:CreateDBInstance", "kafka:CreateCluster"} <= asking.keys()


def test_each_request_that_takes_a_lock_off_is_looked_at() -> None:
    asking = operations_asking(LOCKS)
    missing = {
        f"{event} takes {member}: add it to impact.protection_switched_off"
        for event, member in asking.items()
        if event not in NAMED
        and event not in HARMLESS_LOCKS
        and event.partition(":")[2].startswith(CHANGES)
    }
    assert missing == set()
    assert {"dsql:UpdateCluster", "rds:ModifyDBInstance"} <= asking.keys()


def test_each_request_that_names_an_account_to_get_something_is_looked_at() -> None:
    asking = operations_asking(RECEIVERS)
    missing = {
        f"{event} takes {member}: add it to exfiltration.shared_outside, or say why not"
        for event, member in asking.items()
        if event not in {*NAMED, *REASONS, *NO_RECEIVERS}
        and not event.startswith("budgets:")
        and not event.partition(":")[2].startswith((*READS, *TAKES_AWAY, "Discover"))
    }
    assert missing == set()
    assert {"ds:ShareDirectory", "dlm:CreateLifecyclePolicy"} <= asking.keys()


def test_each_request_that_names_a_principal_is_looked_at() -> None:
    asking = operations_asking(PRINCIPALS)
    missing = {
        f"{event} takes {member}: have a rule read it, or say why not"
        for event, member in asking.items()
        if event not in {*NAMED, *REASONS, *OWN_PRINCIPALS}
        and not event.partition(":")[2].startswith((*ASKS, *REVOKES))
    }
    assert missing == set()
    assert OWN_PRINCIPALS.keys() <= asking.keys()
    assert "qbusiness:CreateDataAccessor" in asking
