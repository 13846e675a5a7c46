"""SecureString parameters decrypted batch after batch.

One request decrypts up to ten parameters. A program needs one or two such requests when it
starts; somebody who empties the store needs one for each ten that there are.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record

BATCH = 5


def detect(event: Event) -> str | None:
    told = event.get("requestParameters.withDecryption")
    if not event.succeeded or event.by_automation or str(told).lower() != "true":
        return None
    names = [n for n in event.listed("requestParameters.names") if isinstance(n, str)]
    return ",".join(sorted(names))[:400] if len(names) >= BATCH else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParameters"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006", "T1552"]},
    response="Find out whether a person or a program read them. If nobody can say, disable the "
    "credentials and rotate every secret in the list, those of databases first.",
    false_positives="The start of programs with very many settings that share one role.",
    correlation=ValueCount(at_least=4, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("four batches of ten", *(read(n, 10) for n in range(4)))
    yield silent("three batches", *(read(n, 10) for n in range(3)))
    yield silent("four small requests", *(read(n, 4) for n in range(4)))
    yield silent("the same batch four times", *(read(0, 10, minute=n) for n in range(4)))


def read(batch: int, size: int, *, minute: float = 0) -> Record:
    names = [f"/prod/{batch}/secret-{n}" for n in range(size)]
    told = {"names": names, "withDecryption": True}
    who = assumed_role("web", "me")
    return record("ssm:GetParameters", who, minute=minute, requestParameters=told)
