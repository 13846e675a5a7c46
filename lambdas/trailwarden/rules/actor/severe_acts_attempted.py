"""Severe acts tried in vain by one principal.

One refusal is a mistake. An intruder tries to make keys, to open buckets and to end logs, without
knowledge of the stolen permissions. A request for a trail that is not there is a guess. A locked
backup, or a protected database, stops a deletion, and the request shows the intent.
"""

from typing import Any

from trailwarden import FAILED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import USER, Fields, assumed_role, refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.severe_acts import LOCKED, SEVERE_ACTS, is_about_watching, is_attempt
from trailwarden.services.things import things_of


def detect(event: Event) -> Match | None:
    if not is_attempt(event):
        return None
    if event.denied:
        # who retries what was refused retries the same; without parameters nobody can tell
        named = ", ".join(things_of(event)) if event.get("requestParameters") else ""
        return Match(f"{event.action} {event.refused_resource or named}".strip())
    # a program asks again for what is gone; what watches is not guessed at by chance
    thing = event.event_id if is_about_watching(event) else ", ".join(things_of(event))
    return Match(f"{event.action} {thing}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*SEVERE_ACTS, *LOCKED}),
    exempt=SECURITY_WORK,
    outcome=FAILED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.DISCOVERY: ["T1580"],
        Tactic.DEFENSE_EVASION: ["T1562.008"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Ask the owner of the credentials what they tried to do. If they cannot explain it, "
    "revoke the sessions and keys. Then look at the requests that worked.",
    false_positives="A new pipeline without enough permissions: name its role in `deploy_roles`.",
    correlation=ValueCount(at_least=3, in_a_day=6, timespan=30 * MINUTE, group_by=by_lineage),
    story="severe acts in vain",
    references=["https://attack.mitre.org/techniques/T1562/008/"],
)

KEY, POLICY, TRUST = "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:UpdateAssumeRolePolicy"


def examples() -> Examples:
    three = [refused(action, minute=n) for n, action in enumerate((KEY, POLICY, TRUST))]
    yield alerts("three severe acts", *three, label=KEY)
    yield silent("two", *three[:2])
    yield silent("the same again and again", *(refused(KEY, minute=n) for n in range(5)))
    buckets = [opened(n) for n in range(3)]
    yield alerts("three buckets", *buckets)
    for start in range(0, len(SEVERE_ACTS), 3):
        acts = [*SEVERE_ACTS[start:], *SEVERE_ACTS][:3]
        yield alerts(f"from {acts[0]}", *(refused(a, minute=n) for n, a in enumerate(acts)))
    guessed = [missing("cloudtrail:StopLogging", n / 3, name="main") for n in range(3)]
    yield alerts("a trail that is not there, three times", *guessed)
    asked = {"errorCode": "Client.DryRunOperation"}
    tried = [request(f"ec2:{name}", minute=n, fields=asked) for n, name in enumerate(TRIED)]
    yield alerts("three severe acts that would succeed", *tried)
    yield silent("two severe acts that would succeed", *tried[:2])
    hub = {"errorCode": "InvalidAccessException"}
    off = [request("securityhub:DisableSecurityHub", minute=n, fields=hub) for n in range(3)]
    yield alerts("a hub that is not there, three times", *off)
    gone = [missing("secretsmanager:DeleteSecret", n, secretId="app") for n in range(3)]
    yield silent("a secret that is gone, three times", *gone)
    other = [missing("secretsmanager:DeleteSecret", n, secretId=f"app-{n}") for n in range(3)]
    yield alerts("three secrets that are not there", *other)
    for said, story in (("is locked", alerts), ("is being copied", silent)):
        met = {"errorCode": "InvalidRequestException", "errorMessage": f"Recovery point {said}."}
        points = [copy_deleted(n, fields=met) for n in range(3)]
        yield story(f"three copies, each {said}", *points)
    yield from of_credentials()
    yield from stopped()
    busy = {"errorCode": "ThrottlingException"}
    yield silent("too many requests", *(request(KEY, minute=n, fields=busy) for n in range(3)))
    snapshots = [refused("ec2:DeleteSnapshot", minute=n, snapshotId=f"snap-{n}") for n in range(3)]
    yield alerts("three snapshots", *snapshots)
    slowly = [opened(n, minute=200 * n) for n in range(6)]
    yield alerts("one after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:])
    team = [refused(act, assumed_role("okta", act[4:])) for act in (KEY, POLICY, TRUST)]
    offices = [{**r, "sourceIPAddress": f"203.0.113.{n}"} for n, r in enumerate(team)]
    yield silent("three people of one role", *offices)


def of_credentials() -> Examples:
    for action, code in (
        (KEY, "LimitExceededException"),
        ("iam:CreateLoginProfile", "EntityAlreadyExistsException"),
    ):
        tried = [
            request(action, minute=n, fields={"errorCode": code}, userName=f"user-{n}")
            for n in range(3)
        ]
        yield alerts(f"three users, and each has enough: {action}", *tried)
        yield silent(f"two users, and each has enough: {action}", *tried[:2])
    made = {"errorCode": "EntityAlreadyExistsException"}
    users = [request("iam:CreateUser", minute=n, fields=made, userName=f"u{n}") for n in range(3)]
    yield silent("three users that are there", *users)


TRIED = ("ModifySnapshotAttribute", "DisableSnapshotBlockPublicAccess", "DeleteFlowLogs")
STOPS: dict[str, tuple[str, str]] = {
    "cloudformation:DeleteStack": ("stackName", "while TerminationProtection is enabled"),
    "cloudtrail:DeleteEventDataStore": ("eventDataStore", "because it is protected"),
    "cognito-idp:DeleteUserPool": ("userPoolId", "because deletion protection is activated"),
    "ec2:TerminateInstances": ("instanceId", "Modify its 'disableApiTermination' attribute"),
    "elasticloadbalancing:DeleteLoadBalancer": (
        "loadBalancerArn",
        "deletion protection is enabled",
    ),
    "rds:DeleteGlobalCluster": ("globalClusterIdentifier", "Cannot delete protected cluster"),
}


def stopped() -> Examples:
    for action, (named, said) in STOPS.items():
        lock = {"errorCode": "ValidationError", "errorMessage": f"It cannot be deleted: {said}"}
        tried = [
            request(action, minute=n, fields=lock, **named_as(named, f"thing-{n}"))
            for n in range(3)
        ]
        yield alerts(f"three that a lock keeps: {action}", *tried)
        if action in LOCKED:
            yield silent(f"refused: {action}", *(refused(action, minute=n) for n in range(3)))


def named_as(key: str, thing: str) -> Fields:
    return {key: thing} if key != "instanceId" else {"instancesSet": {"items": [{key: thing}]}}


def opened(number: int, *, minute: float = 0) -> Record:
    put, arn = "s3:PutBucketPolicy", f"arn:aws:s3:::plans-{number}"
    message = f"User: x is not authorized to perform: {put} on resource: {arn} because"
    return refused(put, minute=minute or number, fields={"errorMessage": message})


def copy_deleted(number: int, *, fields: Fields) -> Record:
    point = f"arn:aws:ec2:us-east-1::snapshot/snap-{number}"
    named: Fields = {"backupVaultName": "vault", "recoveryPointArn": point}
    return request("backup:DeleteRecoveryPoint", minute=number, fields=fields, **named)


def missing(action: str, minute: float, **parameters: str) -> Record:
    told: Fields = {"errorCode": "ResourceNotFoundException"}
    return request(action, USER, minute=minute, fields=told, **dict[str, Any](parameters))
