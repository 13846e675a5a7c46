"""OIDC identity provider created.

A provider signs the tokens that open every role which trusts it. An intruder's own provider is a
way in without any key or password of the account. Without the company's own, its builds are out.
"""

import re

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.tokens import issuer_in

CLUSTER = re.compile(
    r"oidc[.-]eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws)/id/[0-9A-Z]+\Z"
)
WELL_KNOWN = re.compile(
    r"(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|oidc\.circleci\.com"
    r"|api\.bitbucket\.org|agent\.buildkite\.com|accounts\.google\.com)(?:[/:]|\Z)"
)
ACTS = {
    "AddClientIDToOpenIDConnectProvider": "Client added to an OIDC identity provider",
    "CreateOpenIDConnectProvider": "OIDC identity provider created",
    "DeleteOpenIDConnectProvider": "OIDC identity provider deleted",
    "UpdateOpenIDConnectProviderThumbprint": "Thumbprint of an OIDC identity provider changed",
}


def detect(event: Event) -> Match | None:
    issuer = issuer_of(event)
    worst = severity(issuer)
    if event.name.startswith("Delete"):
        worst = min(worst, Severity.MEDIUM)
    if event.caller in DEPLOYMENT:
        if worst < Severity.HIGH:
            return None
        worst = Severity.LOW if event.denied else Severity.MEDIUM
    return Match(issuer, severity=worst, subject=issuer, title=ACTS[event.name])


def severity(issuer: str) -> Severity:
    if CLUSTER.match(issuer):
        return Severity.LOW
    return Severity.MEDIUM if WELL_KNOWN.match(issuer) else Severity.HIGH


def issuer_of(event: Event) -> str:
    arn = event.request("openIDConnectProviderArn")
    return issuer_in(arn) or event.request("url").removeprefix("https://")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1484.002"], Tactic.PRIVILEGE_ESCALATION: ["T1484.002"]},
    response="Find out who owns the provider, and which roles trust it. If nobody knows it, delete "
    "the provider and look for `AssumeRoleWithWebIdentity` with its tokens.",
    false_positives="An engineer connects a new cluster or build system by hand.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html"],
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    high, issuer = Severity.HIGH, "tokens.example.net"
    yield alerts("an unknown issuer", created(issuer), severity=high, subject=issuer)
    yield alerts("a false GitLab", created("gitlab.com.example.net"), severity=high)
    yield alerts("a false cluster", created("oidc.eks.login.example/id/A1"), severity=high)
    by_code = {**created(issuer), "userIdentity": DEPLOYER}
    yield alerts("an unknown issuer by code", by_code, severity=Severity.MEDIUM)
    github = created("token.actions.githubusercontent.com")
    yield alerts("GitHub", github, severity=Severity.MEDIUM)
    yield silent("GitHub by code", {**github, "userIdentity": DEPLOYER})
    cluster = created("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633")
    yield alerts("a cluster", cluster, severity=Severity.LOW)
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    client: Fields = {"openIDConnectProviderArn": arn, "clientID": "sts.amazonaws.com"}
    added = request("iam:AddClientIDToOpenIDConnectProvider", **client)
    yield alerts("a new client", added, subject=issuer)
    yield alerts(
        "a refused request", refused("iam:CreateOpenIDConnectProvider"), severity=Severity.MEDIUM
    )
    failed = request("iam:CreateOpenIDConnectProvider", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    gone = request("iam:DeleteOpenIDConnectProvider", openIDConnectProviderArn=arn)
    yield alerts("deleted", gone, severity=Severity.MEDIUM, subject=issuer)
    yield silent("deleted by code", {**gone, "userIdentity": DEPLOYER})


def created(issuer: str) -> Record:
    clients = ["sts.amazonaws.com"]
    url = f"https://{issuer}"
    return request("iam:CreateOpenIDConnectProvider", url=url, clientIDList=clients)
