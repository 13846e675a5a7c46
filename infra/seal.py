"""The key of the seals: by them the functions know what somebody else wrote into the table."""

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.key_policy import key_policy


class SealKey(kms.Key):
    """A key that makes codes, and that the functions' roles alone may use.

    KMS does not rotate such keys. Who gives others the use of it changes its policy, which the
    guard tells.
    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(
            scope,
            id_,
            description="Seals what Trailwarden's functions write into their table",
            key_spec=kms.KeySpec.HMAC_256,
            key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
            pending_window=Duration.days(7),
            policy=key_policy(),
            removal_policy=RemovalPolicy.DESTROY,  # it encrypts nothing
        )

    def serve(self, role_arns: Iterable[str]) -> None:
        """Let these roles alone use the key, even where IAM allows others."""
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyTheFunctionsSeal",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["kms:GenerateMac", "kms:VerifyMac"],
                resources=["*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": list(role_arns)}},
            )
        )
