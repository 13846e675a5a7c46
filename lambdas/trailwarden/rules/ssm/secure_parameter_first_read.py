"""SecureString parameter decrypted by an actor for the first time.

Secrets are read by the same programs every day. A new reader of an old secret is where the theft
of one begins, and most often a new version of a program.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    told = event.get("requestParameters.withDecryption")
    if not event.succeeded or event.by_automation or str(told).lower() != "true":
        return None
    names = event.listed("requestParameters.names")
    single = event.text("requestParameters.name") or event.text("requestParameters.path")
    name = single or ",".join(sorted(n for n in names if isinstance(n, str)))
    return name[:200] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="See whether the actor has any business with the secret, and what else it did.",
    false_positives="New versions of programs; people who look something up.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=60), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("another secret after a week", read("/app/key", 0), read("/admin/key", 8))
    yield silent("the usual secret", read("/app/key", 0), read("/app/key", 8))
    yield silent("another one within the week", read("/app/key", 0), read("/admin/key", 6))


def read(name: str, day: int) -> Record:
    told = {"name": name, "withDecryption": True}
    who = assumed_role("app")
    return record("ssm:GetParameter", who, minute=day * 1440, requestParameters=told)
