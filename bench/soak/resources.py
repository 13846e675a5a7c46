"""Resources of the stack, made by the services' own APIs: in moto, without CloudFormation."""

from typing import Any

_NAMES = ("pk", "sk", "pending_shard", "pending_since")
_KINDS = ("HASH", "RANGE")


def make_table(dynamodb: Any, name: str) -> None:
    """Make the state table, with its index and its stream, by a client of DynamoDB."""
    key, index = (
        [{"AttributeName": part, "KeyType": kind} for part, kind in zip(names, _KINDS, strict=True)]
        for names in (_NAMES[:2], _NAMES[2:])
    )
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in _NAMES],
        KeySchema=key,
        GlobalSecondaryIndexes=[
            {"IndexName": "pending", "KeySchema": index, "Projection": {"ProjectionType": "ALL"}}
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def make_seal_key(kms: Any) -> str:
    """Make the key of the seals by a client of KMS, and return its ARN."""
    made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    arn: str = made["KeyMetadata"]["Arn"]
    return arn
