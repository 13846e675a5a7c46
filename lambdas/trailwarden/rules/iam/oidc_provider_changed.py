"""OIDC identity provider created or changed.

Whoever signs the tokens of a provider can take every role that trusts it. A provider of an
intruder's own is a way in that no key or password leads to.
"""

import re
from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import unattended

CLUSTER = re.compile(r"oidc[.-]eks\.")
WELL_KNOWN = re.compile(
    r"(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|oidc\.circleci\.com"
    r"|api\.bitbucket\.org|agent\.buildkite\.com|accounts\.google\.com)(?:[/:]|\Z)"
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or unattended(event):
        return None
    issuer = issuer_of(event)
    known = WELL_KNOWN.match(issuer) or CLUSTER.match(issuer)
    if known and event.by_service:
        return None
    label = f"{event.name} {issuer}"[:100]
    return Match(label, severity=severity(issuer), subject=issuer)


def severity(issuer: str) -> Severity:
    if CLUSTER.match(issuer):
        return Severity.LOW
    return Severity.MEDIUM if WELL_KNOWN.match(issuer) else Severity.HIGH


def issuer_of(event: Event) -> str:
    arn = event.text("requestParameters.openIDConnectProviderArn")
    url = event.text("requestParameters.url").removeprefix("https://")
    return arn.partition(":oidc-provider/")[2] or url


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1484.002"], Tactic.PRIVILEGE_ESCALATION: ["T1484.002"]},
    response="Find out whose provider it is, and which roles trust it. If nobody knows, delete the "
    "provider and look for `AssumeRoleWithWebIdentity` with its tokens.",
    false_positives="A new cluster or build system that is connected by hand.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    strange = {"url": "https://tokens.example.net", "clientIDList": ["sts.amazonaws.com"]}
    yield alerts("an unknown issuer", told("CreateOpenIDConnectProvider", alice, **strange))
    github = {"url": "https://token.actions.githubusercontent.com"}
    yield alerts("GitHub", told("CreateOpenIDConnectProvider", alice, **github))
    lookalike = {"url": "https://gitlab.com.example.net"}
    yield alerts("a look-alike", told("CreateOpenIDConnectProvider", alice, **lookalike))
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/tokens.example.net"
    pinned = told("UpdateOpenIDConnectProviderThumbprint", alice, openIDConnectProviderArn=arn)
    yield alerts("a changed thumbprint", pinned)
    deploy = assumed_role("deploy")
    yield silent("a deploy role", told("CreateOpenIDConnectProvider", deploy, **github))
    yield silent("refused", denied("iam:CreateOpenIDConnectProvider", alice))


def told(action: str, by: Fields, **what: Any) -> Record:
    return record(f"iam:{action}", by, requestParameters=what)
