"""SecureString parameter decrypted by a principal for the first time.

The same programs read the same secrets every day. A new reader of an old secret is most often a new
version of a program. It can also be the beginning of a theft.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ssm import decrypts, parameters_read


def detect(event: Event) -> Match | None:
    names = parameters_read(event)
    return Match(names) if names and decrypts(event) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Find out whether the principal needs the secret, and read what else it did.",
    false_positives="New versions of programs. People who look something up.",
    correlation=first_use(by_actor, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual = read("/app/key", day=0)
    yield alerts("another secret", usual, read("/admin/key", day=7), label="/admin/key")
    names = ["/app/key", "/admin/key"]
    several = request("ssm:GetParameters", day=7, names=names, withDecryption=True)
    yield alerts("one of several", usual, several, label="/admin/key")
    path = request("ssm:GetParametersByPath", day=7, path="/admin", withDecryption=True)
    yield alerts("a hierarchy", usual, path, label="/admin")
    yield silent("the usual secret", usual, read("/app/key", day=8))
    yield silent("in the first week", usual, read("/admin/key", day=6))
    yield silent("still encrypted", usual, request("ssm:GetParameter", day=8, name="/admin/key"))


def read(name: str, *, day: int) -> Record:
    return request("ssm:GetParameter", day=day, name=name, withDecryption=True)
