"""Many different SecureString parameters decrypted.

A program decrypts the few parameters it is made for. Whoever collects credentials decrypts
whatever the key opens.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    told = event.get("requestParameters.withDecryption")
    if not event.succeeded or event.by_automation or str(told).lower() != "true":
        return None
    names = event.listed("requestParameters.names")
    single = event.text("requestParameters.name") or event.text("requestParameters.path")
    name = single or ",".join(sorted(name for name in names if isinstance(name, str)))
    return family_of(name)[-100:] if shares_a_role(event) else name[:100]


def shares_a_role(event: Event) -> bool:
    """Say whether a workload's role read it, which many programs and copies may share."""
    who = event.user_identity
    return who.is_assumed_role and not who.is_sso_role and not who.is_instance_role


def family_of(name: str) -> str:
    """Return the hierarchy a parameter is in, which a workload reads as a whole."""
    return name.rpartition("/")[0] or name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "ssm:GetParameterHistory",
    ],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006", "T1552"]},
    response="Find out whether a person or a program read them. If nobody can say, disable the "
    "credentials and rotate every secret in the list, those of databases first.",
    false_positives="Terraform runs that read many parameters: name their role in `deploy_roles`. "
    "A program that reads each of its settings by itself.",
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("ten parameters", *(read(alice, f"/prod/secret-{n}") for n in range(10)))
    yield silent("nine parameters", *(read(alice, f"/prod/secret-{n}") for n in range(9)))
    plain = (read(alice, f"/prod/s-{n}", withDecryption=False) for n in range(10))
    yield silent("ten, still encrypted", *plain)
    app = assumed_role("app", "app")
    yield silent("a program its settings", *(read(app, f"/prod/app/s-{n}") for n in range(20)))
    yield alerts("a role ten hierarchies", *(read(app, f"/prod/app-{n}/key") for n in range(10)))


def read(who: Fields, name: str, *, withDecryption: bool = True) -> Record:  # noqa: N803
    told = {"name": name, "withDecryption": withDecryption}
    return record("ssm:GetParameter", who, requestParameters=told)
