"""Reads whose tokens a trust policy lets in: of which organization, pool or client.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
https://docs.github.com/en/actions/reference/security/oidc
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit
from trailwarden.policy.document import Statement, statements

ACTION = "sts:AssumeRoleWithWebIdentity"

SHARED = re.compile(
    r"(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.(?:eu\.)?terraform\.io|scalr\.io"
    r"|agent\.buildkite\.com|api\.pulumi\.com|oidc\.codefresh\.io|oidc\.vercel\.com"
    r"|oidc\.modal\.com)(?:[/:]|\Z)"
)
"""Providers for whom the audience says nothing: it is `sts.amazonaws.com` for every customer."""

SELF_SERVICE = re.compile(r"cognito-identity|accounts\.google|graph\.facebook|www\.amazon\.com")
"""Providers that give anyone a token, though each audience, app or pool has an owner."""

TENANT = re.compile(
    r"(?:oidc\.circleci\.com/org|api\.bitbucket\.org/2\.0/workspaces|oidc\.fly\.io|sts\.windows\.net"
    r"|login\.microsoftonline\.(?:com|us)|vstoken\.dev\.azure\.com|securetoken\.google\.com"
    r"|container\.googleapis\.com/v1/projects|cognito-idp\.[a-z0-9-]+\.amazonaws\.com"
    r"|app\d*\.harness\.io/ng/api/oidc/account|idp\.hashicorp\.com/oidc/organization"
    r"|[\w-]+\.oic\.prod-aks\.azure\.com)/."
    r"|token\.actions\.[\w-]+\.ghe\.com(?:/|\Z)"
    r"|[\w.-]+\.(?:auth0\.com|okta(?:preview|-emea)?\.com|onelogin\.com|semaphoreci\.com"
    r"|app\.(?:us\.)?spacelift\.io|gitlab-dedicated\.com|cloudflareaccess\.com)(?:/|\Z)"
)
"""Providers that give each customer an issuer of its own: its address names the owner."""

CLUSTER = re.compile(r"oidc\.eks|oidc-eks")
"""Providers of clusters, and those that look alike: of these, too, the audience says nothing."""

_OWNER = re.compile(r"([a-z_]+):([^:/@*?]+)(?:[:/@]|\Z)")
"""The first word of a subject and its owner, who ends at `:`, `/` or the `@` before an id."""
_WORDS = {
    **{word: word for word in ("account", "enterprise", "enterprise_id", "organization", "owner")},
    **{word: word for word in ("project_path", "repo", "repository_id", "repository_owner_id")},
    **{word: word for word in ("namespace_id", "project_id")},
    "job_workflow_ref": "repo",
    "namespace_path": "project_path",
    "repository": "repo",
    "repository_owner": "repo",
}
"""Words of subjects, and claims, before an owner; some say the same in other words."""
_CLIENTS = frozenset({"app_id", "aud", "id", "oaud", "sub", "user_id"})
"""Claims whose whole value is somebody's, where each audience, app or pool has an owner."""
_PART = re.compile(r"[^*?]*[^*?:/][:/]+[^*?:/]")
"""The beginning of a subject of one's own server that says more than its kind."""
_SAML = re.compile(r"arn:[^:]+:iam::[^:]*:saml-provider/")
_PULUMI = re.compile(r"pulumi:[a-z]+:org:([^:*?]+)(?::|\Z)")
_VARIABLE = re.compile(r"\$\{[^}]*\}?")
"""A policy variable, which a caller may fill in."""
_POD = re.compile(r"system:serviceaccount:([^:*?]+):.+")


class Owner(NamedTuple):
    """Whose tokens a condition asks for."""

    word: str
    """How the provider calls owners: `repo`, `project_path`, `organization`; or nothing."""
    name: str

    def is_among(self, trusted: Iterable[str]) -> bool:
        """Say whether one of the subjects that somebody trusts has this owner."""
        return any(text.lower() == self.name or owner_of(text) == self for text in trusted)


class TokenTrust(NamedTuple):
    """A statement that lets an identity provider's tokens in."""

    issuer: str
    statement: Statement
    lines: list[list[Owner]]
    """Whose tokens they have to be, by each line of the condition that tells."""

    @property
    def is_open(self) -> bool:
        """Whether no line of the condition tells whose tokens they have to be."""
        return not self.lines

    @property
    def is_shared(self) -> bool:
        """Whether the provider signs tokens for strangers, too."""
        anybody = self.issuer == "*"  # Google, Amazon and every pool
        return anybody or bool(SHARED.match(self.issuer) or SELF_SERVICE.match(self.issuer))

    @property
    def is_of_tenant(self) -> bool:
        """Whether the provider's address names one customer of it."""
        return bool(TENANT.match(self.issuer)) and not self.is_shared

    def stranger(self, trusted: Iterable[str]) -> Owner | None:
        """Return the first owner that is not among the trusted ones, if such a one may come in."""
        tenant = [[Owner("", self.issuer.lower())]] if self.is_of_tenant else []
        lines = [*tenant, *self.lines]
        strangers = [[o for o in line if not o.is_among(trusted)] for line in lines]
        return strangers[0][0] if strangers and all(strangers) else None


def token_trusts(document: Any) -> Iterator[TokenTrust]:
    """Yield what a trust policy lets in by OIDC tokens."""
    found = list(statements(document))
    spared = [limit for statement in found for limit in _spared(statement)]
    for statement in found:
        for provider in statement.principals if statement.allows_action(ACTION) else ():
            if provider.kind == "federated" and not _SAML.match(provider.id):
                issuer = issuer_in(provider.id) or provider.id
                limits = [*statement.limits, *spared]
                yield TokenTrust(issuer, statement, _lines(limits, issuer))


def _spared(statement: Statement) -> list[Limit]:
    """Return what a denial of all other tokens asks for, as the line that an allowance has."""
    if statement.allows or not statement.covers_action(ACTION):
        return []
    limits = statement.limits
    plain = len(limits) == 1 and limits[0].negated and limits[0].passes_without
    return [Limit(limits[0].operator, limits[0].key, limits[0].values)] if plain else []


def issuer_in(arn: str) -> str:
    """Return the issuer that the ARN of an OIDC provider names: its host, and perhaps a path."""
    return arn.partition(":oidc-provider/")[2]


def issuer_of(event: Event) -> str:
    """Return the issuer of the token with which somebody assumed a role."""
    provider = event.answer("provider") or event.text("userIdentity.identityProvider")
    return issuer_in(provider) or provider


def client_in(event: Event) -> Owner | None:
    """Return for which pool or client a provider gave somebody the token for a role.

    Of a provider that gives anyone a token, as Cognito and Google do.
    """
    audience = event.answer("audience").lower()
    return Owner("", audience) if audience and SELF_SERVICE.match(issuer_of(event)) else None


def owner_in(event: Event) -> Owner | None:
    """Return whose token of a provider with many customers somebody assumed a role with."""
    issuer = issuer_of(event)
    if not SHARED.match(issuer):
        return Owner("", issuer.lower()) if TENANT.match(issuer) else None
    return owner_of(event.answer("subjectFromWebIdentityToken") or event.user_identity.user_name)


def _lines(limits: Iterable[Limit], issuer: str) -> list[list[Owner]]:
    """Return the owners that each line names; a line with a value that names none tells nothing."""
    lines = ([_owner_of(limit, value, issuer) for value in limit.values] for limit in limits)
    return [[owner for owner in line if owner] for line in lines if line and all(line)]


def _owner_of(limit: Limit, value: str, issuer: str) -> Owner | None:
    """Return whose token a value of a line asks for, if that line has to hold."""
    host, _, claim = limit.key.rpartition(":")
    is_present = claim in {"sub", "aud"}
    if host != issuer.lower() or limit.negated or (limit.passes_without and not is_present):
        return None
    value = _VARIABLE.sub("*", value)
    if not limit.operator.startswith("string") or not value.strip("*"):
        return None
    if CLUSTER.match(issuer):
        return Owner("", value) if claim == "sub" and _POD.fullmatch(value) else None
    if not SHARED.match(issuer):
        return _of_own_provider(claim, value, issuer)
    if claim == "sub" or claim in _WORDS:
        return owner_of(value if claim == "sub" else f"{claim}:{value}")
    return _whole(value) if claim == "aud" and "pulumi" in issuer else None


def _of_own_provider(claim: str, value: str, issuer: str) -> Owner | None:
    """Return whose token is asked for where each audience, app or pool has an owner."""
    if claim == "sub" and not SELF_SERVICE.match(issuer) and _PART.match(value):
        return Owner("", value.lower())
    return _whole(value) if claim in _CLIENTS else None


def _whole(value: str) -> Owner | None:
    return None if {"*", "?"} & set(value) else Owner("", value.lower())


def owner_of(subject: str) -> Owner | None:
    """Return the owner of a subject, if no wildcard stands before the end of its name.

    >>> owner_of("repo:acme@*/app@*:ref:refs/heads/main")
    Owner(word='repo', name='acme')
    >>> owner_of("repo:acme*/app"), owner_of("*:environment:prod")
    (None, None)
    """
    if found := _PULUMI.match(subject):
        return Owner("org", found[1].lower())
    found = _OWNER.match(subject)
    if not found or found[1] not in _WORDS:
        return None
    return Owner(_WORDS[found[1]], found[2].lower())
