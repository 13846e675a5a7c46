"""Environments in the tuning that would surprise: they are refused, or warned of."""

import pytest

from tests.catalog.test_surprises import tuned
from trailwarden.catalog.tuning import TuningError


def test_an_origin_of_no_deploy_role_is_refused_with_what_was_meant() -> None:
    text = """
    [environment]
    deploy_roles = ["arn:aws:iam::*:role/deploy"]
    [environment.deploy_role_origins]
    "arn:aws:iam::*:role/deplyo" = ["10.0.0.0/8"]
    """
    with pytest.raises(TuningError, match=r"is none of deploy_roles \(did you mean .*/deploy\?\)"):
        tuned(text)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('deploy_roles = ["*"]', "'*' names every role: write \"arn:aws:iam::*:role/NAME\""),
        ('deploy_roles = ["arn:aws:iam::*:role/*"]', "names every role"),
        ('security_roles = ["arn:*"]', "names every role"),
        ('deploy_roles = ["arn:aws:iam::1:*"]', 'write "arn:aws:iam::*:role/NAME"'),
        ('deploy_roles = ["ci-deploy"]', 'is no ARN of a role: write "arn:aws:iam::*:role/ci-dep'),
        (
            'break_glass_roles = ["arn:aws:sts::1:assumed-role/x/*"]',
            'names a session, and never matches: write the role, "arn:aws:iam::1:role/x"',
        ),
        ('deploy_roles = ["arn:aws:iam::*:user/*"]', "names every user"),
        ('break_glass_roles = ["arn:aws:s3:::x/y"]', "never matches a role or user"),
        ('break_glass_roles = ["arn:aws:iam::1:Role/x"]', "never matches a role or user"),
        ('security_roles = ["arn:aws:iam::1:role/x "]', "never matches a role or user"),
        ('used_regions = ["us-east"]', "'us-east' is no Region"),
        ('egress_ranges = ["10.0.0.5/8"]', "is an address within a network: write 10.0.0.0/8"),
        ('trusted_token_subjects = ["repo:*/*"]', "trusts everybody's tokens"),
        (
            'deploy_role_origins = { "ci-deploy" = ["10.0.0.0/8"] }',
            "'ci-deploy' is no ARN of a role",
        ),
        ('egress_ranges = ["0.0.0.0/0"]', "0.0.0.0/0 is every address"),
        ('hostile_ranges = ["::/0"]', "::/0 is every address"),
        (
            'deploy_role_origins = { "arn:aws:iam::*:role/x" = ["0.0.0.0/0"] }',
            "0.0.0.0/0 is every address",
        ),
        ('trusted_token_subjects = ["*"]', "'*' trusts everybody's tokens"),
        ('trusted_token_subjects = ["repo:*"]', "trusts everybody's tokens"),
        ('deploy_role = ["x"]', "did you mean deploy_roles?"),
    ],
)
def test_an_environment_that_is_everything_is_refused(entry: str, message: str) -> None:
    with pytest.raises(TuningError) as error:
        tuned(f"[environment]\n{entry}")
    assert str(error.value).startswith("tuning.toml, line 2: ")
    assert message in str(error.value)


def test_every_role_of_an_account_is_warned_of() -> None:
    _, [warning] = tuned('[environment]\ndeploy_roles = ["arn:aws:iam::111122223333:role/*"]')
    assert "names every role of that account" in warning


def test_a_network_that_is_very_wide_is_warned_of() -> None:
    _, [warning] = tuned('[environment]\negress_ranges = ["16.0.0.0/7", "10.0.0.0/8"]')
    assert warning == (
        "tuning.toml, line 2: 16.0.0.0/7 is far wider than the networks of one environment"
    )


@pytest.mark.parametrize(
    "role", ["arn:aws:iam::*:role/cdk-*", "arn:aws:iam::111122223333:user/ci", "*:role/team/ci"]
)
def test_a_role_or_user_by_its_arn_is_well(role: str) -> None:
    assert tuned(f'[environment]\ndeploy_roles = ["{role}"]')[1] == []
