"""Commands run on many instances with one request.

Run Command is a shell on every managed instance at once, as root, and CloudTrail hides what was
typed. For an attacker it is the shortest way from one key to a whole fleet.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed, text_of

FEW = 3
MANY = 10

UPKEEP = (
    "AWS-GatherSoftwareInventory",
    "AWS-PatchInstanceWithRollback",
    "AWS-RefreshAssociation",
    "AWS-RunPatchBaseline",
    "AWS-UpdateSSMAgent",
    "AmazonCloudWatch-ManageAgent",
    "AmazonInspector2-",
)
"""Prefixes of AWS's documents that run nothing of the caller's choice."""


def detect(event: Event) -> Match | None:
    document = event.text("requestParameters.documentName")
    if not event.succeeded or event.by_automation or document.startswith(UPKEEP):
        return None
    if has_target(event, everything=True):
        return Match(f"{document[:60]} on all instances", severity=Severity.HIGH)
    count = instances(event)
    if count >= FEW:
        severity = Severity.HIGH if count >= MANY else None
        return Match(f"{document[:60]} on {count} instances", severity=severity)
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if has_target(event, everything=False) and not is_plain_role:
        return Match(f"{document[:60]} on instances by tag")
    return None


def instances(event: Event) -> int:
    """Return how many instances the request names, in either of the two ways."""
    by_target = (
        listed(dig(target, "values"))
        for target in event.listed("requestParameters.targets")
        if text_of(dig(target, "key")).lower() == "instanceids"
    )
    named = [*event.listed("requestParameters.instanceIds"), *(i for ids in by_target for i in ids)]
    return len({instance for instance in named if isinstance(instance, str)})


def has_target(event: Event, *, everything: bool) -> bool:
    """Say whether the request targets every instance, or those of a tag or resource group."""
    for target in event.listed("requestParameters.targets"):
        key = text_of(dig(target, "key")).lower()
        if key == "instanceids" and everything and "*" in listed(dig(target, "values")):
            return True
        if key.startswith(("tag:", "tag-key", "resource-groups:")) and not everything:
            return True
    return False


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"]},
    response="Ask whoever it was: `aws ssm list-commands` has what they ran for 30 days. If they "
    "know nothing of it, cancel the command, revoke the session, and isolate the instances.",
    false_positives="Maintenance by hand; deployments over Run Command: name their role in "
    "`deploy_roles`.",
)


def examples() -> Iterator[Example]:
    ids = [f"i-0123456789abcde{n:02d}" for n in range(10)]
    yield alerts("ten instances", sent(iam_user("mallory"), instanceIds=ids))
    yield alerts("three instances", sent(assumed_role("web", "me"), instanceIds=ids[:3]))
    everything = [{"key": "InstanceIds", "values": ["*"]}]
    yield alerts("all instances", sent(assumed_role("web", "me"), targets=everything))
    tagged = [{"key": "tag:Environment", "values": ["prod"]}]
    yield alerts("a tag, by a user", sent(iam_user("mallory"), targets=tagged))
    yield silent("a tag, by a workload's role", sent(assumed_role("deploy"), targets=tagged))
    yield silent("two instances", sent(iam_user("mallory"), instanceIds=ids[:2]))
    patch = sent(iam_user("ops"), instanceIds=ids, documentName="AWS-RunPatchBaseline")
    yield silent("ten instances are patched", patch)
    yield silent("a refusal", denied("ssm:SendCommand", iam_user("mallory")))


def sent(who: Fields, **told: Any) -> Record:
    request = {"documentName": "AWS-RunShellScript", "parameters": "HIDDEN"} | told
    return record("ssm:SendCommand", who, requestParameters=request)
