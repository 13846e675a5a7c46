"""Events or schedules sent to another account or website.

A rule with a target outside hands over whatever it matches, silently and for good: every object
that is stored, every secret that is read, every change that is made.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    foreign = next((arn for arn in targets(event) if is_foreign(arn, event)), "")
    if foreign:
        return Match(f"{event.name} to {foreign[-80:]}", subject=foreign)
    site = event.text("requestParameters.invocationEndpoint")
    if event.name != "CreateApiDestination" or event.by_automation:
        return None
    return Match(f"website {site[:80]}", severity=Severity.MEDIUM, subject=site)


def targets(event: Event) -> Iterator[str]:
    """Yield the ARN of each target that a rule, schedule or pipe is given."""
    told = "requestParameters"
    for target in [*event.listed(f"{told}.targets"), *event.listed(f"{told}.target")]:
        yield text_of(target) or text_of(dig(target, "arn"))


def is_foreign(arn: str, event: Event) -> bool:
    """Say whether an unknown account owns a target."""
    account = account_of(arn)
    return bool(account) and not event.knows_account(account)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "events:CreateApiDestination",
        "events:PutTargets",
        "pipes:CreatePipe",
        "pipes:UpdatePipe",
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1546"], Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Remove the target, and look at what the rule matched since it was added. Ask whoever "
    "it was which account or website it is.",
    false_positives="A partner or vendor: name its account in `trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    outside, inside = (
        f"arn:aws:events:us-east-1:{a}:event-bus/b" for a in (OTHER_ACCOUNT, ACCOUNT)
    )
    put = "events:PutTargets"
    yield alerts("a rule", asked(put, rule="r", targets=[{"id": "1", "arn": outside}]))
    yield alerts("a schedule", asked("scheduler:CreateSchedule", target={"arn": outside}))
    yield alerts("a pipe", asked("pipes:CreatePipe", target=outside))
    site = "https://drop.example.com/"
    yield alerts("a website", asked("events:CreateApiDestination", invocationEndpoint=site))
    yield silent("an own bus", asked(put, rule="r", targets=[{"id": "1", "arn": inside}]))
    yield silent("a refusal", denied(put, iam_user("mallory")))


def asked(action: str, **told: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=told)
