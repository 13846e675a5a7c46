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
    r"(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|scalr\.io"
    r"|agent\.buildkite\.com|api\.pulumi\.com|oidc\.codefresh\.io|oidc\.vercel\.com)(?:[/:]|\Z)"
)
"""Providers for whom the audience says nothing: it is `sts.amazonaws.com` for every customer."""

SELF_SERVICE = re.compile(r"cognito-identity|accounts\.google|graph\.facebook|www\.amazon\.com")
"""Providers that give anyone a token, though each audience, app or pool has an owner."""

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
_SAML = re.compile(r"arn:[^:]+:iam::[^:]*:saml-provider/")
_PULUMI = re.compile(r"pulumi:[a-z]+:org:([^:*?]+)(?::|\Z)")
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
        return bool(SHARED.match(self.issuer) or SELF_SERVICE.match(self.issuer))

    def stranger(self, trusted: Iterable[str]) -> Owner | None:
        """Return the first owner that is not among the trusted ones, if such a one may come in."""
        strangers = [[o for o in line if not o.is_among(trusted)] for line in self.lines]
        return strangers[0][0] if strangers and all(strangers) else None


def token_trusts(document: Any) -> Iterator[TokenTrust]:
    """Yield what a trust policy lets in by OIDC tokens."""
    for statement in statements(document):
        for provider in statement.principals if statement.allows_action(ACTION) else ():
            if provider.kind == "federated" and not _SAML.match(provider.id):
                issuer = issuer_in(provider.id) or provider.id
                yield TokenTrust(issuer, statement, _lines(statement.limits, issuer))


def issuer_in(arn: str) -> str:
    """Return the issuer that the ARN of an OIDC provider names: its host, and perhaps a path."""
    return arn.partition(":oidc-provider/")[2]


def issuer_of(event: Event) -> str:
    """Return the issuer of the token with which somebody assumed a role."""
    return issuer_in(event.answer("provider") or event.text("userIdentity.identityProvider"))


def owner_in(event: Event) -> Owner | None:
    """Return whose token of a shared provider somebody assumed a role with."""
    if not SHARED.match(issuer_of(event)):
        return None
    return owner_of(event.answer("subjectFromWebIdentityToken") or event.user_identity.user_name)


def _lines(limits: Iterable[Limit], issuer: str) -> list[list[Owner]]:
    """Return the owners that each line names; a line with a value that names none tells nothing."""
    lines = ([_owner_of(limit, value, issuer) for value in limit.values] for limit in limits)
    return [[owner for owner in line if owner] for line in lines if line and all(line)]


def _owner_of(limit: Limit, value: str, issuer: str) -> Owner | None:
    """Return whose token a value of a line asks for, if that line has to hold."""
    host, _, claim = limit.key.rpartition(":")
    is_present = claim in {"sub", "aud"}
    if not host or limit.negated or (limit.passes_without and not is_present):
        return None
    if not limit.operator.startswith("string") or not value or value.startswith("${"):
        return None
    if CLUSTER.match(issuer):
        return Owner("", value) if claim == "sub" and _POD.fullmatch(value) else None
    if not SHARED.match(issuer):
        return _whole(value) if claim in _CLIENTS else None
    if claim == "sub" or claim in _WORDS:
        return owner_of(value if claim == "sub" else f"{claim}:{value}")
    return _whole(value) if claim == "aud" and "pulumi" in issuer else None


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
