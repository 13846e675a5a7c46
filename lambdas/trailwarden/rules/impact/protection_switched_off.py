"""Protection against deletion switched off.

A graph, a cluster, a user pool or a log can refuse to be deleted. An intruder who wants to destroy
it first takes that lock away.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.ec2 import texts, values
from trailwarden.services.things import thing_of

LOCKS: Mapping[str, tuple[str, Any, Any, Fields]] = {
    "aoss:UpdateCollection": ("deletionProtection", "DISABLED", "ENABLED", {"id": "c"}),
    "autoscaling:SetInstanceProtection": (
        "protectedFromScaleIn",
        False,
        True,
        {"instanceIds": ["i-1"], "autoScalingGroupName": "web"},
    ),
    "autoscaling:UpdateAutoScalingGroup": (
        "deletionProtection",
        "none",
        "prevent-all-deletion",
        {"autoScalingGroupName": "web"},
    ),
    "cognito-idp:UpdateUserPool": ("deletionProtection", "INACTIVE", "ACTIVE", {"userPoolId": "p"}),
    "datazone:UpdateDesignation": (
        "deletionProtection",
        False,
        True,
        {"domainIdentifier": "d", "identifier": "i"},
    ),
    "dsql:UpdateCluster": ("deletionProtectionEnabled", False, True, {"identifier": "c"}),
    "ecs:UpdateGateway": ("deletionProtection", False, True, {"gateway": "g"}),
    "eks:UpdateClusterConfig": ("deletionProtection", False, True, {"name": "prod"}),
    "elasticfilesystem:UpdateFileSystemProtection": (
        "replicationOverwriteProtection",
        "DISABLED",
        "ENABLED",
        {"fileSystemId": "fs-1"},
    ),
    "elasticmapreduce:SetTerminationProtection": (
        "terminationProtected",
        False,
        True,
        {"jobFlowIds": ["j-1"]},
    ),
    "logs:PutLogGroupDeletionProtection": (
        "deletionProtectionEnabled",
        False,
        True,
        {"logGroupIdentifier": "audit"},
    ),
    "neptune-graph:UpdateGraph": ("deletionProtection", False, True, {"graphIdentifier": "g"}),
    "quicksight:UpdateAccountSettings": (
        "terminationProtectionEnabled",
        False,
        True,
        {"awsAccountId": ACCOUNT, "defaultNamespace": "default"},
    ),
    "sms-voice:UpdatePhoneNumber": (
        "deletionProtectionEnabled",
        False,
        True,
        {"phoneNumberId": "p"},
    ),
    "sms-voice:UpdatePool": ("deletionProtectionEnabled", False, True, {"poolId": "p"}),
    "sms-voice:UpdateSenderId": (
        "deletionProtectionEnabled",
        False,
        True,
        {"senderId": "ACME", "isoCountryCode": "DE"},
    ),
    "ssm-incidents:UpdateDeletionProtection": ("deletionProtected", False, True, {"arn": "r"}),
    "verifiedpermissions:UpdatePolicyStore": (
        "deletionProtection",
        "DISABLED",
        "ENABLED",
        {"policyStoreId": "s", "validationSettings": {"mode": "STRICT"}},
    ),
}
"""Each lock, how a request says that it is off and on, and what else the request names."""
ATTRIBUTES = "requestParameters.attributes"
BALANCER = "elasticloadbalancing:ModifyLoadBalancerAttributes"
NEW_BALANCER = "elasticloadbalancing:CreateLoadBalancer"
MADE = {"cognito-idp:CreateUserPool": "cognito-idp:UpdateUserPool", NEW_BALANCER: BALANCER}
"""What makes things, of which programs set all settings later."""
IMAGE = "ec2:DisableImageDeregistrationProtection"


SET = "Protection against deletion set to off"


def detect(event: Event) -> Match | None:
    thing = locked(event)
    if event.action == IMAGE:
        return Match(f"{event.service} {thing}", subject=thing)
    if event.action in MADE:
        label = state(protection=protection(event) or False)
        return Match(label, Severity.INFORMATIONAL, thing) if thing else None
    protected = protection(event)
    return None if protected is None else Match(state(protection=protected), subject=thing)


def protection(event: Event) -> str | bool | None:
    """Return the state of the lock that a request says; None where it says none."""
    if event.action == NEW_BALANCER:
        return None
    if event.action == BALANCER:
        told = {str(dig(one, "key")): dig(one, "value") for one in event.listed(ATTRIBUTES)}
        kept = text_of(told.get("deletion_protection.enabled")).lower()
        off = False if len(told) == 1 else settings.beside(event)
        return {"true": True, "false": off}.get(kept)
    lock, off, on, _ = LOCKS[MADE.get(event.action, event.action)]
    held = [str(value).lower() for value in values(event.get("requestParameters"), lock)]
    if str(off).lower() in held:
        return settings.off(event, lock)
    return True if str(on).lower() in held else None


def locked(event: Event) -> str:
    """Return what a request locks or unlocks, or makes."""
    if made := event.listed("responseElements.loadBalancers"):
        return text_of(dig(made[0], "loadBalancerArn"))
    if pool := event.answer("userPool.id"):
        return pool
    named = texts(event.get("requestParameters"), "jobFlowIds", "logGroupIdentifier")
    return thing_of(event) or ", ".join(named)


def by_thing(event: Event) -> str:
    place = f"{event.recipient_account_id}/{event.aws_region}/{event.service}"
    return f"{place}/{locked(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[BALANCER, IMAGE, *LOCKS, *MADE],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller. If they do not mean to delete it, switch the protection on again. "
    "Look for other deletions of theirs.",
    false_positives="An engineer takes something down by hand.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_thing, unknown=Severity.CRITICAL, unknown_title=SET
    ),
)

ENVIRONMENT = DEPLOYED
GRAPH = "neptune-graph:UpdateGraph"


def examples() -> Examples:
    for action, (lock, off, on, others) in LOCKS.items():
        for value, story in ((off, alerts), (on, silent)):
            body: Fields = others | {lock: value}
            yield story(f"{action} {value}", request(action, **body))
    opened = graph(kept="false")
    yield alerts("as text", opened, subject="g", label="protection: off")
    jobs: Fields = {"jobFlowIds": ["j-1"], "terminationProtected": False}
    cluster = request("elasticmapreduce:SetTerminationProtection", **jobs)
    yield alerts("a cluster", cluster, subject="j-1")
    yield alerts("an image", request(IMAGE, imageId="ami-1"), subject="ami-1")
    for value, story in (("false", alerts), ("true", silent)):
        attributes = [{"key": "deletion_protection.enabled", "value": value}]
        yield story(value, request(BALANCER, loadBalancerArn="lb", attributes=attributes))
    yield silent("refused", refused(GRAPH))
    yield from compared()


def compared() -> Examples:
    off, on, again = graph(DEPLOYER, kept=False), graph(kept=True, day=1), graph(kept=False, day=2)
    yield silent("off, as before", off, again)
    yield alerts("off, and on between", off, on, again, severity=Severity.LOW)
    yield alerts("another graph", graph(DEPLOYER, kept=False, name="h"), again, subject="g")
    yield alerts("known too long ago", off, graph(kept=False, day=401))
    yield silent("known for long", off, graph(kept=False, day=400))
    memory: Fields = {"provisionedMemory": 32}
    beside = graph(kept=False, **memory)
    yield alerts("off beside another change", beside, severity=Severity.LOW)
    yield silent("off, as a page of the console repeats", {**beside, **CONSOLE})
    by_template = graph(kept=False, via="cloudformation", **memory)
    yield silent("off, as a template repeats", by_template)
    yield alerts("off now, beside another change", on, graph(kept=False, day=2, **memory))
    whole = [{"key": "idle_timeout.timeout_seconds", "value": "60"}]
    attributes = [*whole, {"key": "deletion_protection.enabled", "value": "false"}]
    repeated = request(BALANCER, loadBalancerArn="lb", attributes=attributes)
    yield alerts("off beside other attributes", repeated, severity=Severity.LOW)
    yield silent("off beside other attributes, in the console", {**repeated, **CONSOLE})
    answer: Fields = {"loadBalancers": [{"loadBalancerArn": "lb"}]}
    new = request(NEW_BALANCER, minute=-3, name="web", answer=answer)
    yield silent("off since it was made", new, repeated)
    yield alerts("off by a program", {**repeated, **TERRAFORM}, severity=Severity.LOW)
    pool: Fields = {"poolName": "users", "answer": {"userPool": {"id": "p"}}}
    body: Fields = {"userPoolId": "p", "deletionProtection": "INACTIVE", "policies": {}}
    for kept, story in (("INACTIVE", silent), ("ACTIVE", alerts)):
        users = request("cognito-idp:CreateUserPool", **pool, deletionProtection=kept)
        later = request("cognito-idp:UpdateUserPool", day=1, **body)
        yield story(f"users made {kept}", users, later)
        yield silent(f"only made {kept}", users)
    yield silent("other attributes", request(BALANCER, loadBalancerArn="lb", attributes=whole))


def graph(by: Fields | None = None, *, kept: object, name: str = "g", **others: Any) -> Record:
    asked: Fields = {"graphIdentifier": name, "deletionProtection": kept, **others}
    return request(GRAPH, by, **asked)
