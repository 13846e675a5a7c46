"""The names of a secret, by which requests to Secrets Manager may name it."""

import re

_ARN = re.compile(r"arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:(?P<name>.+)-\w{6}")
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html"""


def names_of_secret(arn: str) -> tuple[str, ...]:
    """Return the ARN of a secret, the same without the random end, and the name.

    Nothing for the ARN of another service.
    """
    found = _ARN.fullmatch(arn)
    return (arn, arn.rpartition("-")[0], found["name"]) if found else ()
