"""Who acted: the one judgement of it, by what AWS writes and never by a name that a caller chooses.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html

A service that acts on behalf of a principal (a forward access session) changes nothing: the request
is its principal's own, and `via` names the service.
"""

import re
from collections.abc import Set
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from trailwarden.cloudtrail.event import Event
    from trailwarden.cloudtrail.identity import Identity


class Caller(StrEnum):
    """The kinds of callers. Fields that AWS fills in tell each."""

    AWS = "AWS itself"
    """A service for itself: `AWSService`, a service event, a service-linked role by its path."""
    SERVICE_ROLE = "a service in a role that was passed to it"
    """CloudFormation in its execution role, as far as a record can tell."""
    PIPELINE = "a deploy role"
    """A role of `deploy_roles`, of an own account, coming from where that role comes from."""
    SECURITY_TEAM = "a role of the security team"
    """A role of `security_roles`, of an own account."""
    INSTANCE = "an EC2 instance"
    FUNCTION = "a Lambda function"
    TASK = "a task or job"
    POD = "a Kubernetes pod"
    PERSON = "a person"
    """Identity Center, an identity provider's user, or an IAM user in the console."""
    ROOT = "the root user"
    ACCESS_KEY = "an IAM user's access key"
    """An IAM user outside the console: a person or a program, which no record tells apart."""
    ROLE = "a role session"
    """Any other session of a role: unknown, so no rule may take it for a program."""
    OUTSIDER = "a principal of an unknown account"
    ANONYMOUS = "an anonymous caller"

    __hash__ = str.__hash__  # the one of Enum is Python code, and sets of callers are asked often


Callers: TypeAlias = Set[Caller]

ANYBODY: Callers = frozenset(Caller)
NOBODY: Callers = frozenset()
AWS_ITSELF: Callers = frozenset({Caller.AWS})
DEPLOYMENT: Callers = frozenset({Caller.AWS, Caller.SERVICE_ROLE, Caller.PIPELINE})
"""Those that create, tag and update infrastructure."""
SECURITY_WORK: Callers = DEPLOYMENT | {Caller.SECURITY_TEAM}
"""Deployment, and the security team with its scanners."""
WORKLOADS: Callers = frozenset({Caller.INSTANCE, Caller.FUNCTION, Caller.TASK, Caller.POD})
"""Machines with credentials that AWS delivers to them."""
LEAKED: Callers = WORKLOADS | {Caller.ACCESS_KEY, Caller.ROOT, Caller.OUTSIDER, Caller.ANONYMOUS}
"""Those whose credentials are stolen most, and who hardly ever look around in an account."""
PROGRAMS: Callers = SECURITY_WORK | WORKLOADS
"""Callers that act without a person, as far as AWS says so."""

_SERVICE = re.compile(r"(?:AWS Internal|.+\.amazonaws\.com(?:\.cn)?)\Z")
_CLUSTER = re.compile(
    r"arn:[a-z-]+:iam::(\d{12}):oidc-provider/"
    r"oidc\.eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws)/id/[0-9A-Z]+\Z"
)
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::(\d{12}):oidc-provider/.")
_ANONYMOUS = frozenset({"anonymous", "anonymous_principal", "aws:anonymous"})
_TOKEN_HOLDERS = frozenset({"IdentityCenterUser", "SAMLUser", "Directory"})
_ISSUERS = {
    "AWS::EC2::Instance": Caller.INSTANCE,
    "AWS::EKS::Pod": Caller.POD,
    "AWS::Lambda::Function": Caller.FUNCTION,
}
PORTAL = frozenset({"signin", "sso"})
"""The services whose events tell of people at a sign-in page, as events of the service."""
_EXECUTION_ROLE_SESSION = "AWSCloudFormation"
_ROLE_SERVICES = frozenset(
    {"backup.amazonaws.com", "dlm.amazonaws.com", "elasticmapreduce.amazonaws.com"}
)
"""The services that act in roles that are passed to them, and never for their caller."""
_MACHINE_SESSION = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?\Z|[0-9a-f]{32}\Z")
_KNOWN_HOLDERS = WORKLOADS | {Caller.PERSON}
_TASK_SESSION = re.compile(r"[0-9a-f]{32}\Z")


def caller_of(event: "Event") -> Caller:
    """Return which kind of caller made the request."""
    identity = event.user_identity
    if _is_aws(event, identity):
        return Caller.AWS
    if _ANONYMOUS & {identity.principal_id.lower(), identity.account_id.lower()}:
        return Caller.ANONYMOUS
    if named := _named(event, identity):
        return named
    if identity.account_id and not event.knows_account(identity.account_id):
        return Caller.OUTSIDER
    if identity.is_root:
        return Caller.ROOT
    is_role = identity.is_assumed_role or identity.type == "Role"
    return _role_session(event, identity) if is_role else _user(event, identity)


def deciding_address(event: "Event") -> str:
    """Return the address of a request as far as it decides who acted.

    Sessions of deploy roles may have to come from somewhere. Else it only counts whether it is a
    service's.
    """
    address = event.source_ip_address
    return address if event.environment.deploy_role_origins or _SERVICE.match(address) else ""


def via_of(event: "Event") -> str:
    """Return the service that made the request on the caller's behalf; nothing for a direct one.

    `invokedBy` alone does not tell: it stands beside people's own addresses, too.
    """
    identity = event.user_identity
    by_service = identity.type and _SERVICE.match(event.source_ip_address)
    return identity.invoked_by if by_service else ""


def resembles_workload(event: "Event") -> bool:
    """Say whether a machine may hold the session. Its name counts, which a caller chooses.

    So this may only add to a suspicion, and never excuse.
    """
    return event.caller in WORKLOADS or _is_named(event, _MACHINE_SESSION)


def resembles_pod(event: "Event") -> bool:
    """Say whether a pod may hold the session, by a name as well; see `resembles_workload`."""
    return event.caller is Caller.POD or event.user_identity.session_name.startswith("eks-")


def resembles_container(event: "Event") -> bool:
    """Say whether a pod, task or build may hold the session; see `resembles_workload`."""
    if event.caller in _KNOWN_HOLDERS:
        return event.caller in {Caller.POD, Caller.TASK}
    is_task = _is_named(event, _TASK_SESSION)
    by_token = event.user_identity.federated_provider
    return not by_token and (is_task or resembles_pod(event) or resembles_build(event))


def resembles_pipeline(event: "Event") -> bool:
    """Say whether a token of an own identity provider opened the session, as a build's does.

    AWS writes which provider it was. Clusters of Kubernetes have providers, too; they do not count.
    Who holds the token is not known: this may gather alerts, and never excuse.
    """
    provider = event.user_identity.federated_provider
    of_account = _PROVIDER.match(provider)
    return bool(of_account and event.owns_account(of_account[1]) and not _CLUSTER.match(provider))


def resembles_build(event: "Event") -> bool:
    """Say whether a build of CodeBuild may hold the session; see `resembles_workload`."""
    return event.user_identity.session_name.startswith("AWSCodeBuild-")


def _is_named(event: "Event", pattern: re.Pattern[str]) -> bool:
    """Say whether the name of a session is one that a service gives to the sessions of machines.

    The serial number of a certificate may look so. A session by a certificate has a source
    identity, which no machine of AWS has.
    """
    identity = event.user_identity
    has_source = bool(identity.text("sessionContext.sourceIdentity"))
    return bool(pattern.match(identity.session_name)) and not has_source


def _is_aws(event: "Event", identity: "Identity") -> bool:
    if identity.type == "AWSService":
        return True
    if event.event_type.lower() == "awsserviceevent":
        return not (identity.type and event.service in PORTAL)
    if not identity.type and identity.invoked_by:
        return True
    return identity.is_service_linked_role


def _named(event: "Event", identity: "Identity") -> Caller | None:
    """Return what the environment says the principal is, if its account is an own one."""
    if not event.owns_account(identity.account_id):
        return None
    arn, environment = identity.role_arn or identity.arn, event.environment
    if environment.is_deploy_role(arn, identity.federated_provider, _network(event)):
        return Caller.PIPELINE
    return Caller.SECURITY_TEAM if environment.is_security_role(arn) else None


def _network(event: "Event") -> str:
    """Return the address of a direct request; a service's tells nothing of the caller's."""
    return "" if _SERVICE.match(event.source_ip_address) else event.source_ip_address


def _role_session(event: "Event", identity: "Identity") -> Caller:
    if workload := _workload(event, identity):
        return workload
    if identity.is_sso_role:
        return Caller.PERSON
    return Caller.SERVICE_ROLE if _is_service_role(event, identity) else Caller.ROLE


def _workload(event: "Event", identity: "Identity") -> Caller | None:
    if issuer := identity.text("inScopeOf.issuerType"):
        return _ISSUERS.get(issuer, Caller.TASK)
    if identity.text("sessionContext.ec2RoleDelivery"):
        return Caller.INSTANCE
    return Caller.POD if _is_of_cluster(event, identity.federated_provider) else None


def _is_of_cluster(event: "Event", provider: str) -> bool:
    """Say whether an identity provider is that of a cluster of an own account."""
    cluster = _CLUSTER.match(provider)
    return bool(cluster and event.owns_account(cluster[1]))


def _is_service_role(event: "Event", identity: "Identity") -> bool:
    """Say whether a service acts in a role that was passed to it.

    CloudFormation acts for its caller as well as in an execution role. Others can take its name for
    the session, too, who then would have to come through CloudFormation: exemptions of such callers
    cover nothing that gives access.
    """
    if event.via in _ROLE_SERVICES:
        return True
    through = event.via.startswith("cloudformation.")
    return through and identity.session_name == _EXECUTION_ROLE_SESSION


def _user(event: "Event", identity: "Identity") -> Caller:
    if identity.type == "WebIdentityUser" and _is_of_cluster(
        event, identity.text("identityProvider")
    ):
        return Caller.POD  # which asks for its session
    if identity.type in _TOKEN_HOLDERS or not identity.access_key_id:
        return Caller.PERSON
    return Caller.PERSON if event.from_console else Caller.ACCESS_KEY
