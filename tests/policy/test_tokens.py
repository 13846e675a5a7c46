"""Tests of whose tokens a trust policy lets in."""

import json
from typing import Any

import pytest
from hypothesis import given

from tests.policy.test_document import JSON, JUNK_POLICIES
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, trust
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.policy.tokens import ACTION, Owner, TokenTrust, token_trusts
from trailwarden.rules.iam import role_trusts_new_token_owner as rule

GITHUB, GITLAB, TERRAFORM = "token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"
COGNITO, GOOGLE = "cognito-identity.amazonaws.com", "accounts.google.com"
PULUMI, CLUSTER = "api.pulumi.com/oidc", "oidc.eks.eu-west-1.amazonaws.com/id/A1"
CIRCLE = "oidc.circleci.com/org/0b-1"
ENTERPRISE = "token.actions.githubusercontent.com/acme"


def trusted(host: str, claim: str, value: Any, operator: str = "StringLike") -> TokenTrust:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    condition = {operator: {f"{host}:{claim}": value}}
    document = trust({"Federated": provider}, action=ACTION, Condition=condition)
    [found] = token_trusts(document)
    return found


@pytest.mark.parametrize(
    ("host", "claim", "value", "owner"),
    [
        (GITHUB, "sub", "repo:Acme/app:ref:refs/heads/main", Owner("repo", "acme")),
        (GITHUB, "sub", "repo:acme/*", Owner("repo", "acme")),
        (GITHUB, "sub", "repo:acme@1/app@2:*", Owner("repo", "acme")),
        (GITHUB, "sub", "repo:acme@*/app@*:ref:refs/heads/main", Owner("repo", "acme")),
        (GITHUB, "sub", "repository_owner_id:77:*", Owner("repository_owner_id", "77")),
        (ENTERPRISE, "sub", "repo:acme/*", Owner("repo", "acme")),
        (GITHUB, "repository", "acme/app", Owner("repo", "acme")),
        (GITHUB, "repository_owner", "acme", Owner("repo", "acme")),
        (GITHUB, "job_workflow_ref", "acme/flows/.github/a.yml@*", Owner("repo", "acme")),
        (GITLAB, "sub", "project_path:acme/app:ref_type:*", Owner("project_path", "acme")),
        (GITLAB, "namespace_path", "acme", Owner("project_path", "acme")),
        (TERRAFORM, "sub", "organization:acme:project:*:*", Owner("organization", "acme")),
        ("oidc.vercel.com", "sub", "owner:acme:project:*", Owner("owner", "acme")),
        (PULUMI, "aud", "acme", Owner("", "acme")),
        (PULUMI, "sub", "pulumi:deploy:org:acme:project:*", Owner("org", "acme")),
        (COGNITO, "aud", "eu-west-1:0a1b", Owner("", "eu-west-1:0a1b")),
        (
            GOOGLE,
            "oaud",
            "1-a.apps.googleusercontent.com",
            Owner("", "1-a.apps.googleusercontent.com"),
        ),
        (CLUSTER, "sub", "system:serviceaccount:shop:*", Owner("", "system:serviceaccount:shop:*")),
        ("gitlab.company.example", "aud", "aws", Owner("", "aws")),
        ("gitlab.company.example", "sub", "project_path:x/*", Owner("", "project_path:x/*")),
        ("app.eu.terraform.io", "sub", "organization:acme:*", Owner("organization", "acme")),
        (CIRCLE, "sub", "org/0b-1/project/*", Owner("", "org/0b-1/project/*")),
    ],
)
def test_an_owner_is_read_where_no_wildcard_stands_before_it(
    host: str, claim: str, value: str, owner: Owner
) -> None:
    assert trusted(host, claim, value).lines == [[owner]]


@pytest.mark.parametrize(
    ("host", "claim", "value"),
    [
        (GITHUB, "aud", "sts.amazonaws.com"),
        (GITHUB, "sub", "*:environment:prod"),
        (GITHUB, "sub", "repo:${aws:RequestTag/owner}/*"),
        (GITHUB, "sub", "repo:*"),
        (GITHUB, "sub", "repo:*/app:ref:refs/heads/main"),
        (GITHUB, "sub", "repo:acme*/app:*"),
        (GITHUB, "sub", "repo:acm?/app:*"),
        (GITHUB, "sub", "r*:acme/app:*"),
        (GITHUB, "sub", "environment:prod:repo:acme/app"),
        (GITHUB, "sub", "ref:refs/heads/main"),
        (GITHUB, "sub", ["repo:acme/app:*", "*"]),
        (GITHUB, "sub", []),
        (GITHUB, "ref", "refs/heads/main"),
        (GITHUB, "environment", "prod"),
        (GITLAB, "sub", "*:ref_type:branch:ref:main"),
        (GITLAB, "sub", "project_path:*/app:*"),
        (TERRAFORM, "sub", "organization:*:project:prod:*"),
        (TERRAFORM, "aud", "aws.workload.identity"),
        (COGNITO, "amr", "authenticated"),
        (COGNITO, "aud", "eu-west-1:*"),
        (CLUSTER, "sub", "system:serviceaccount:*:*"),
        (CLUSTER, "sub", "system:serviceaccount:*:cart"),
        (CLUSTER, "sub", "system:serviceaccount:s*:cart"),
        (CLUSTER, "aud", "sts.amazonaws.com"),
        ("app.eu.terraform.io", "aud", "aws.workload.identity"),
        ("gitlab.company.example", "sub", "project_path:*"),
        ("gitlab.company.example", "sub", "*:ref:main"),
        ("gitlab.company.example", "email", "eve@example.net"),
        (GOOGLE, "sub", "1/2*"),
    ],
)
def test_what_strangers_have_too_names_no_owner(host: str, claim: str, value: Any) -> None:
    assert trusted(host, claim, value).is_open


@pytest.mark.parametrize("operator", ["StringNotLike", "StringNotEquals", "Null"])
def test_what_excludes_some_names_no_owner(operator: str) -> None:
    assert trusted(GITHUB, "sub", "repo:acme/*", operator).is_open


def test_a_subject_is_always_there_and_other_claims_are_not() -> None:
    assert not trusted(GITHUB, "sub", "repo:acme/*", "StringLikeIfExists").is_open
    assert trusted(GITHUB, "repository_owner", "acme", "StringLikeIfExists").is_open


def test_a_denial_of_all_other_tokens_names_an_owner() -> None:
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    allowed: dict[str, Any] = {"Effect": "Allow", "Principal": provider, "Action": ACTION}

    def opened(operator: str, key: str = f"{GITHUB}:sub") -> TokenTrust:
        denied = allowed | {"Effect": "Deny", "Condition": {operator: {key: "repo:acme/*"}}}
        [found] = token_trusts({"Statement": [allowed, denied]})
        return found

    assert opened("StringNotLike").lines == [[Owner("repo", "acme")]]
    assert opened("StringLike").is_open
    assert opened("ForAnyValue:StringNotLike").is_open
    assert opened("StringNotLike", f"{GITLAB}:sub").is_open


def test_every_provider_is_a_shared_one() -> None:
    [found] = token_trusts(trust({"Federated": "*"}, action=ACTION))
    assert found.is_open
    assert found.is_shared


def test_a_line_about_another_provider_names_no_owner() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    condition = {"StringLikeIfExists": {f"{GITLAB}:sub": "project_path:acme/app:*"}}
    document = trust({"Federated": provider}, action=ACTION, Condition=condition)
    [found] = token_trusts(document)
    assert found.is_open


@pytest.mark.parametrize(
    "host",
    [
        CIRCLE,
        "acme.okta.com",
        "acme.eu.auth0.com/",
        "acme.app.spacelift.io",
        "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A1b2",
        "eastus.oic.prod-aks.azure.com/0b-1/2c-3/",
        "login.microsoftonline.com/0b-1/v2.0",
        "securetoken.google.com/acme",
        "sts.windows.net/0b-1/",
        "token.actions.acme.ghe.com",
        "vstoken.dev.azure.com/0b-1",
    ],
)
def test_an_issuer_of_one_customer_is_an_owner(host: str) -> None:
    opened = trusted(host, "aud", "sts.amazonaws.com")
    assert opened.stranger([]) == Owner("", host.lower())
    assert opened.stranger([host]) is None
    assert opened.stranger(["sts.amazonaws.com"]) is None


@pytest.mark.parametrize("host", ["gitlab.company.example", "okta.com.example.net", CLUSTER])
def test_a_server_of_its_own_is_no_customer(host: str) -> None:
    assert not trusted(host, "aud", "aws").is_of_tenant


@pytest.mark.parametrize(
    "known", ["repo:acme/*", "repo:acme/app:*", "repository_owner:acme", "acme"]
)
def test_an_owner_is_trusted_in_the_words_of_a_subject(known: str) -> None:
    opened = trusted(GITHUB, "sub", "repo:acme@1/app@2:*")
    assert opened.stranger([known]) is None
    assert opened.stranger([]) == Owner("repo", "acme")
    assert opened.stranger(["repo:acme-evil/*", "project_path:acme/*", "*"])


def test_a_group_of_the_same_name_elsewhere_is_another() -> None:
    assert trusted(GITLAB, "sub", "project_path:acme/app:*").stranger(["repo:acme/*"])


def test_every_value_of_a_line_has_to_be_known() -> None:
    mixed = trusted(GITHUB, "sub", ["repo:acme/*", "repo:stranger/*"])
    assert mixed.stranger(["acme"]) == Owner("repo", "stranger")


def test_an_owner_is_told_once_for_all_accounts() -> None:
    def told(*records: Any) -> list[str]:
        numbered = [Event({**one, "eventID": str(n)}) for n, one in enumerate(records)]
        found = [f for f in Engine([rule.RULE]).evaluate(numbered) if isinstance(f, Finding)]
        return [seen.label.rpartition(" ")[2] for f in found for seen in f.observations]

    first = rule.changed(GITHUB, sub="repo:stranger/app:*")
    again = {**rule.changed(GITHUB, sub="repo:stranger/b:*"), "recipientAccountId": "777788889999"}
    assert told(first, again) == ["stranger"]
    assert told(first, rule.changed(GITHUB, sub="repo:another/app:*")) == ["stranger", "another"]


@given(JSON | JUNK_POLICIES | JUNK_POLICIES.map(json.dumps))
def test_nothing_that_json_can_say_raises(document: Any) -> None:
    assert all(isinstance(found.is_open, bool) for found in token_trusts(document))
