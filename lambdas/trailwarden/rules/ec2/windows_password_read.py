"""Administrator password of a Windows instance was asked for.

Together with the key pair, the answer is the administrator's password of the machine.
Administrators ask for it once, right after a launch; later, somebody is collecting.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import instance_ids


def detect(event: Event) -> str | None:
    if event.by_automation or event.is_dry_run:
        return None
    if not event.succeeded and not event.denied:
        return None
    instance = next(iter(instance_ids(event)), "an instance")[:40]
    return f"{instance}{', refused' if event.denied else ''}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:GetPasswordData"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Ask whoever read it what for. If it was not them, change the administrator's "
    "password on the instance, look for RDP logins, and disable the credentials.",
    false_positives="Administrators who sign in to a Windows instance for the first time.",
)


def examples() -> Iterator[Example]:
    alice, asked = iam_user("alice"), {"instanceId": "i-0123456789abcdef0"}
    yield alerts("a user reads it", record("ec2:GetPasswordData", alice, requestParameters=asked))
    refused: Fields = {"requestParameters": asked, "errorCode": "Client.UnauthorizedOperation"}
    yield alerts("a refusal", record("ec2:GetPasswordData", alice, **refused))
    absent: Fields = {"requestParameters": asked, "errorCode": "Client.InvalidInstanceID.NotFound"}
    yield silent("no such instance", record("ec2:GetPasswordData", alice, **absent))
    deploy = assumed_role("deploy")
    yield silent("a deploy role", record("ec2:GetPasswordData", deploy, requestParameters=asked))


ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))
