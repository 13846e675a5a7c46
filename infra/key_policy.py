"""What the policy of every key of ours says."""

from aws_cdk import aws_iam as iam


def key_policy(*uses: iam.PolicyStatement) -> iam.PolicyDocument:
    """Return the policy of a key that services use as `uses` say, and people by IAM alone."""
    administration = iam.PolicyStatement(
        sid="AccountDecidesByIam",
        principals=[iam.AccountRootPrincipal()],
        actions=["kms:*"],
        resources=["*"],
    )
    # A grant lets a principal of any account use the key, and no policy shows it.
    grants = iam.PolicyStatement(
        sid="OnlyServicesGetGrants",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["kms:CreateGrant"],
        resources=["*"],
        conditions={
            "BoolIfExists": {
                "aws:PrincipalIsAWSService": "false",
                "kms:GrantIsForAWSResource": "false",
            }
        },
    )
    return iam.PolicyDocument(statements=[administration, grants, *uses])
