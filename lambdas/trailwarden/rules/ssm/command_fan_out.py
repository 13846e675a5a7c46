"""Command run on many instances with one request.

Run Command is a root shell on every managed instance at once, and CloudTrail hides the text of the
command. It is an attacker's shortest way from one key to a whole fleet.

A principal that sent the same document on three days, from a week ago on, does so as its routine:
that is LOW.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ssm import instances_named, is_upkeep, reaches_all

FEW = 3
MANY = 10


def detect(event: Event) -> Match | None:
    document = event.request("documentName")
    if is_upkeep(document):
        return None
    if reaches_all(event):
        return Match(f"{document} on all instances", Severity.HIGH, document)
    count = len(instances_named(event))
    if count >= FEW:
        severity = Severity.HIGH if count >= MANY else None
        return Match(f"{document} on {count} instances", severity, document)
    groups = ", ".join(target_groups(event))
    return Match(f"{document} on {groups}", subject=document) if groups else None


def target_groups(event: Event) -> Iterator[str]:
    """Yield the tags and resource groups whose instances the request targets."""
    for target in event.listed("requestParameters.targets"):
        key = text_of(dig(target, "key"))
        if key.lower().startswith(("tag:", "tag-key", "resource-groups:")):
            values = map(text_of, listed(dig(target, "values")))
            yield f"{key} {'|'.join(values)}"


def of_document(seen: Observation) -> str:
    """Return the document that was sent."""
    return seen.subject


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"]},
    response="Ask the caller. `aws ssm list-commands` shows the command for 30 days. If the caller "
    "does not know of it, cancel the command, revoke the session, and isolate the instances.",
    false_positives="Maintenance by hand. Deployments over Run Command: name their role in "
    "`deploy_roles`.",
    correlation=routine(kind=of_document),
    window=7 * DAY,
)

SHELL = "AWS-RunShellScript"
IDS = [f"i-0123456789abcde{n:02d}" for n in range(10)]


def examples() -> Examples:
    label = f"{SHELL} on 10 instances"
    yield alerts("ten instances", sent(instanceIds=IDS), severity=Severity.HIGH, label=label)
    nine, three = sent(instanceIds=IDS[:9]), sent(instanceIds=IDS[:3])
    yield alerts("nine instances", nine, severity=Severity.MEDIUM, subject=SHELL)
    yield alerts("three instances", three, severity=Severity.MEDIUM)
    everything = sent(targets=[{"key": "InstanceIds", "values": ["*"]}])
    yield alerts("all instances", everything, severity=Severity.HIGH, subject=SHELL)
    tagged = sent(targets=[{"key": "tag:Environment", "values": ["prod"]}])
    label = f"{SHELL} on tag:Environment prod"
    yield alerts("a tag", tagged, severity=Severity.MEDIUM, label=label, subject=SHELL)
    yield silent("two instances", sent(instanceIds=IDS[:2]))
    yield silent("ten are patched", sent(instanceIds=IDS, documentName="AWS-RunPatchBaseline"))
    hooks = sent(instanceIds=IDS, documentName="AWS-RunPatchBaselineWithHooks")
    yield alerts("ten are patched, with documents of the caller's choice", hooks)
    yield from examples_of_routine(
        lambda day: sent(day=day, instanceIds=IDS[:3]),
        told=Severity.MEDIUM,
        other=lambda day: sent(USER, day=day, instanceIds=IDS[:3]),
    )
    usual = [sent(day=day, instanceIds=IDS[:3], documentName="Deploy") for day in (-9, -8, -7)]
    yield alerts("another document than ever", *usual, three, last=Severity.MEDIUM)


def sent(by: Fields = ROLE, *, day: int = 0, **parameters: Any) -> Record:
    command: Fields = {"documentName": SHELL, "parameters": "HIDDEN"}
    return request("ssm:SendCommand", by, day=day, **(command | parameters))
