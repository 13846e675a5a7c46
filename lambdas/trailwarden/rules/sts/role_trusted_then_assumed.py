"""Role assumed right after a change of its trust policy.

An intruder makes a role trust a new principal, and then tries the new way in. The rule ignores
changes by pipelines, and AWS services that assume roles.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    USER,
    Fields,
    aws_service,
    request,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import account_of, statements

CHANGED, ASSUMED = "trust policy changed", "role assumed"


def detect(event: Event) -> Match | None:
    role = by_role(event)
    if not role:
        return None
    if event.service == "sts":
        return Match(ASSUMED, subject=role)
    return Match(CHANGED, subject=role) if trusts_others(event) else None


def trusts_others(event: Event) -> bool:
    """Say whether the new policy trusts more than AWS services, as far as it can be read."""
    trusted = [
        principal
        for statement in statements(event.get("requestParameters.policyDocument"))
        for principal in statement.principals
    ]
    return not trusted or any(principal.kind != "service" for principal in trusted)


def by_role(event: Event) -> str:
    """Group by the account and name of the role, because only one of the events has its ARN."""
    arn = event.request("roleArn")
    account = account_of(arn) or event.recipient_account_id
    name = event.request("roleName") or arn.rpartition("/")[2]
    return name and f"{account}/{name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1484.002"],
    },
    response="Compare the trust policy of the role with the one before. If nobody can explain the "
    "change, restore it and revoke the role's sessions. Then disable the caller that changed it.",
    false_positives="An administrator lets a colleague in by hand, and the colleague goes in.",
    correlation=TemporalOrdered(
        labels=(CHANGED, ASSUMED), timespan=timedelta(hours=1), group_by=by_role
    ),
)

ENVIRONMENT = DEPLOYED


def examples() -> Iterator[Example]:
    outsider: Fields = {"type": "AWSAccount", "accountId": OTHER_ACCOUNT, "principalId": "AIDAX"}
    change, subject = changed({"AWS": OTHER_ACCOUNT}), f"{ACCOUNT}/admin"
    yield alerts("an outsider comes in", change, assumed(outsider), subject=subject)
    yield alerts("delivered in the wrong order", assumed(outsider), change)
    own = changed({"AWS": USER["arn"]})
    yield alerts("the caller of the change comes in", own, assumed(USER))
    for name in ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        yield alerts(name, change, {**assumed(outsider), "eventName": name})
    yield silent("the role is assumed, then changed", assumed(USER, minute=-5), change)
    yield silent("an AWS service assumes it", change, assumed(aws_service("lambda")))
    for_lambda = changed({"Service": "lambda.amazonaws.com"})
    yield silent("the policy trusts only an AWS service", for_lambda, assumed(USER))
    yield silent("another role is assumed", change, assumed(USER, role="reader"))
    yield silent("the pipeline changes it", changed({"AWS": USER["arn"]}, DEPLOYER), assumed(USER))


def changed(principal: Fields, by: Fields = USER) -> Record:
    document = trust(principal)
    return request("iam:UpdateAssumeRolePolicy", by, roleName="admin", policyDocument=document)


def assumed(by: Fields, *, minute: float = 5, role: str = "admin") -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/teams/{role}"
    return request("sts:AssumeRole", by, minute=minute, roleArn=arn, roleSessionName="s")
