"""The `userIdentity` of a record: who made the request, as CloudTrail writes it."""

from dataclasses import dataclass

from trailwarden.cloudtrail.values import Record, dig, lazy, text_of

_OF_IDENTITY_CENTER = "aws-reserved/sso.amazonaws.com/"
"""The path of roles that only Identity Center can make."""


@dataclass(frozen=True, eq=False)
class Identity:
    """The `userIdentity` of a record: who made the request.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """

    record: Record

    def text(self, path: str) -> str:
        """Return the text at a dotted `path`, or nothing."""
        value = dig(self.record, path) if "." in path else self.record.get(path)
        return value if isinstance(value, str) else ""

    @lazy
    def type(self) -> str:
        """`Root`, `IAMUser`, `AssumedRole`, `AWSService`, and so on; empty for some services."""
        return self.text("type")

    @lazy
    def arn(self) -> str:
        """The ARN of the principal that made the request."""
        return self.text("arn")

    @lazy
    def account_id(self) -> str:
        """The account that owns the principal."""
        return self.text("accountId")

    @lazy
    def principal_id(self) -> str:
        """The unique id of the principal; of a role's session, with the session's name."""
        return self.text("principalId")

    @property
    def user_name(self) -> str:
        """The friendly name, or `HIDDEN_DUE_TO_SECURITY_REASONS` for a mistyped one."""
        return self.text("userName")

    @property
    def access_key_id(self) -> str:
        """The key that signed the request: `AKIA...` is long-term, `ASIA...` temporary."""
        return self.text("accessKeyId")

    @property
    def invoked_by(self) -> str:
        """The AWS service that made the request for the principal."""
        return self.text("invokedBy")

    @property
    def is_root(self) -> bool:
        """Whether the account's root user made the request."""
        return self.type == "Root"

    @property
    def is_iam_user(self) -> bool:
        """Whether an IAM user made the request."""
        return self.type == "IAMUser"

    @property
    def is_assumed_role(self) -> bool:
        """Whether the session of a role made the request."""
        return self.type == "AssumedRole"

    @lazy
    def _session(self) -> Record:
        """The context of the session; empty where there is none."""
        context = self.record.get("sessionContext")
        return context if isinstance(context, dict) else {}

    @lazy
    def _issuer(self) -> Record:
        """The role, or the principal, whose session this is, as the context tells it."""
        issuer = self._session.get("sessionIssuer")
        return issuer if isinstance(issuer, dict) else {}

    @lazy
    def role_arn(self) -> str:
        """The ARN of the role whose session this is; empty for anyone else."""
        if not self.is_assumed_role:
            return ""
        issuer = text_of(self._issuer.get("arn"))
        head, found, tail = self.arn.partition(":assumed-role/")
        if issuer or not found:
            return issuer
        role = tail.partition("/")[0]
        return f"{head.replace(':sts:', ':iam:', 1)}:role/{role}"

    @lazy
    def role_name(self) -> str:
        """The name of the role whose session this is, without its path."""
        issuer = text_of(self._issuer.get("userName"))
        return (issuer if self.is_assumed_role else "") or self.role_arn.rpartition("/")[2]

    @lazy
    def session_name(self) -> str:
        """The name of the role's session, which the caller chooses."""
        if not self.is_assumed_role:
            return ""
        _, colon, name = self.principal_id.partition(":")
        return name if colon else self.arn.partition(":assumed-role/")[2].partition("/")[2]

    @lazy
    def is_sso_role(self) -> bool:
        """Whether IAM Identity Center made the role, and so chose the session's name.

        Only Identity Center can make roles at this path; anybody can use its names elsewhere. A
        record that AWS wrote without the issuer has no path, and the name alone decides.
        """
        if not text_of(self._issuer.get("arn")):
            return self.role_name.startswith("AWSReservedSSO_")
        return self._role_path_and_name.startswith(_OF_IDENTITY_CENTER)

    @property
    def permission_set(self) -> str:
        """The permission set of Identity Center that the session has; empty for any other session.

        Identity Center names the role after it, with a number of its own in each account.
        """
        if not self._role_path_and_name.startswith(_OF_IDENTITY_CENTER):
            return ""
        _, _, name = self.role_name.partition("AWSReservedSSO_")
        return name.rpartition("_")[0]

    @property
    def identity_center_region(self) -> str:
        """The Region of the Identity Center that made the role, as its path tells it, if it does.

        Roles of an Identity Center in `us-east-1` have none in their path.
        """
        _, is_of_it, rest = self._role_path_and_name.partition(_OF_IDENTITY_CENTER)
        region, has_region, _ = rest.partition("/")
        return region if is_of_it and has_region else ""

    @property
    def is_service_linked_role(self) -> bool:
        """Whether an AWS service acts through the role that is made for it alone."""
        return self._role_path_and_name.startswith("aws-service-role/")

    @lazy
    def _role_path_and_name(self) -> str:
        """The role's path and name; the path, which a creator chooses, may hold any of the text."""
        return self.role_arn.partition(":role/")[2]

    @lazy
    def federated_provider(self) -> str:
        """The ARN of the identity provider whose token opened the session."""
        federation = self._session.get("webIdFederationData")
        return text_of(federation.get("federatedProvider")) if isinstance(federation, dict) else ""

    @property
    def mfa_authenticated(self) -> bool | None:
        """Whether the session was opened with MFA; None where CloudTrail does not say."""
        said = dig(self.record, "sessionContext.attributes.mfaAuthenticated")
        return {"true": True, "false": False}.get(str(said).lower())

    @property
    def is_assumed_root(self) -> bool:
        """Whether `sts:AssumeRoot` opened the session, on a member account's root user."""
        return str(dig(self.record, "sessionContext.assumedRoot")).lower() == "true"

    @lazy
    def actor(self) -> str:
        """The principal that no change of session, address or key can hide.

        A role's session is its role. In IAM Identity Center, whose session names cannot be chosen,
        it is the person. A federated user is its issuer; a key is its user. Who comes with a
        provider's statement is a person, and who comes with its token is told by the provider: the
        holder of a token may choose much of its subject, such as a branch.
        """
        if self.is_assumed_role and self.role_arn:
            return f"{self.role_arn}/{self.session_name}" if self.is_sso_role else self.role_arn
        if self.type == "FederatedUser":
            return text_of(self._issuer.get("arn")) or self.arn
        if self.type == "SAMLUser" and self.principal_id:
            return self.principal_id
        if self.type == "WebIdentityUser" and (provider := self.text("identityProvider")):
            return provider
        if person := self.text("onBehalfOf.userId"):
            return person
        role_or_user = self.principal_id.partition(":")[0]
        if role_or_user == self.account_id:  # a person at the portal, whom only the name tells
            role_or_user = self.user_name
        named = self.arn or self.invoked_by or role_or_user or self.user_name
        return named or self.account_id or self.access_key_id
