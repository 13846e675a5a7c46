"""Recycle Bin rule or snapshot policy was removed or cut short.

Recycle Bin keeps deleted snapshots, and lifecycle policies make new ones. Whoever wants a deletion
to be final turns both off first.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.services.ec2 import texts, values

WEEK = 7


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    if event.name == "UpdateRule":
        kept = [n for n in values(asked, "retentionPeriodValue") if isinstance(n, int)]
        if not any(n <= WEEK for n in kept):
            return None
    if event.name == "UpdateLifecyclePolicy" and "DISABLED" not in texts(asked, "state"):
        return None
    return f"{event.name} {next(iter(texts(asked, 'identifier', 'policyId')), '')[:60]}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dlm:DeleteLifecyclePolicy",
        "dlm:UpdateLifecyclePolicy",
        "rbin:DeleteRule",
        "rbin:UnlockRule",
        "rbin:UpdateRule",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Put the rule or the policy back. Ask whoever changed it why; if nobody knows, "
    "disable the credentials and check that snapshots and backups are still there.",
    false_positives="Rules that are tidied up by hand.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    rule = {"identifier": "abcdef12345"}
    yield alerts("a rule is deleted", record("rbin:DeleteRule", alice, requestParameters=rule))
    yield alerts(
        "a rule keeps for a day", record("rbin:UpdateRule", alice, requestParameters=kept(1))
    )
    off = {"policyId": "policy-0123456789abcdef0", "state": "DISABLED"}
    yield alerts(
        "a policy is off", record("dlm:UpdateLifecyclePolicy", alice, requestParameters=off)
    )
    yield silent(
        "a rule keeps for a year", record("rbin:UpdateRule", alice, requestParameters=kept(365))
    )
    on = off | {"state": "ENABLED"}
    yield silent("a policy is on", record("dlm:UpdateLifecyclePolicy", alice, requestParameters=on))
    yield silent("a refusal", denied("rbin:DeleteRule", alice))


def kept(days: int) -> Fields:
    period = {"retentionPeriodValue": days, "retentionPeriodUnit": "DAYS"}
    return {"identifier": "abcdef12345", "retentionPeriod": period}
