"""Several secrets read by a principal that read none before.

Programs read their own secrets every day. A principal without any that suddenly reads three took a
look at what its permissions open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from trailwarden import DEPLOYMENT, SUCCEEDED, WORKLOADS, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    assumed_role,
    iam_user,
    pod,
    request,
)
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.news import News
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.secretsmanager import secret_of
from trailwarden.services.ssm import decrypts, parameters_read

BATCH, ENOUGH = "secretsmanager:BatchGetSecretValue", 3


@dataclass(frozen=True, kw_only=True)
class NewReader(News):
    """Several things within a day, by a reader of none before, where others read for a week."""

    at_least: int

    def known_by(self, seen: Observation) -> str:
        """Return the reader: one who read something before is no new one."""
        return seen.actor

    def select(
        self, observations: Sequence[Observation], heard: Mapping[str, Sequence[date]] | None = None
    ) -> Sequence[Observation]:
        """Return the reads of each principal on its first day, if they are many enough."""
        known = heard or {}
        readers: dict[str, list[Observation]] = {}
        for seen in observations:
            readers.setdefault(seen.actor, []).append(seen)
        hot = {
            seen.origin
            for reads in readers.values()
            for day in self._first_days(reads)
            if len({seen.label for seen in day}) >= self.at_least
            for seen in day
            if self._is_learned(seen, observations[0].time, known.get(seen.account_id, ()))
        }
        return [seen for seen in observations if seen.origin in hot]

    def _is_learned(self, seen: Observation, first: datetime, heard: Sequence[date]) -> bool:
        """Say whether the account was heard long enough, by these reads or by anything."""
        since = min([first.date(), *heard[:1]])
        return seen.time.date() - since >= self.learning

    def _first_days(self, reads: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
        """Yield the reads of each day that comes after a timespan without any."""
        starts = [
            n
            for n, seen in enumerate(reads)
            if not n or seen.time - reads[n - 1].time > self.timespan
        ]
        for start in starts:
            yield [seen for seen in reads[start:] if seen.time - reads[start].time < DAY]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]] | None = None,
    ) -> Sequence[Observation]:
        """Return those that add up; what came before `new` has its own past out of sight."""
        oldest = min(new).time - DAY
        return [seen for seen in self.select(observations, heard) if seen.time >= oldest]


def detect(event: Event) -> Match | None:
    if event.service == "ssm":
        names = parameters_read(event) if decrypts(event) else []
    else:
        names = in_batch(event) if event.action == BATCH else [secret_of(event)]
    labels = [f"{name} by {event.actor}" for name in names if name]
    is_deployed = event.caller in WORKLOADS or resembles_pipeline(event)
    severity = Severity.LOW if is_deployed else None
    return Match(labels, severity=severity, subject=event.actor) if labels else None


def in_batch(event: Event) -> list[str]:
    """Return the secrets that a batch names; a filter selects up to twenty, of no known name."""
    ids = map(text_of, listed(event.get("requestParameters.secretIdList")))
    return [*filter(None, ids)] or [f"a filter's secret {n}" for n in range(1, ENOUGH + 1)]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        BATCH,
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Ask the owner of the principal why it needs the secrets. Without a reason, revoke "
    "its sessions and keys, and rotate the secrets.",
    false_positives="A new program, or a new colleague who sets one up.",
    correlation=NewReader(
        timespan=14 * DAY, learning=7 * DAY, at_least=ENOUGH, group_by=by_account
    ),
    dedup=by_account,
)

ENVIRONMENT = DEPLOYED
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
SECRETS = ("db", "mail", "payroll")


def examples() -> Examples:
    usual = read("web/db", pod("Web"))
    three = [read(name, day=8 + n / 100) for n, name in enumerate(SECRETS)]
    label = f"db by {USER['arn']}"
    yield alerts(
        "three secrets",
        usual,
        *three,
        severity=Severity.MEDIUM,
        subject=str(USER["arn"]),
        label=label,
    )
    parameters = [parameter(name, minute=n) for n, name in enumerate(SECRETS)]
    yield alerts("three parameters", usual, *parameters)
    together: Fields = {"names": list(SECRETS), "withDecryption": True}
    yield alerts("in one request", usual, request("ssm:GetParameters", day=8, **together))
    batch = request(BATCH, day=8, secretIdList=list(SECRETS))
    yield alerts("in a batch", usual, batch)
    filtered = request(BATCH, day=8, filters=[{"key": "name", "values": ["prod"]}])
    yield alerts("by a filter", usual, filtered, severity=Severity.MEDIUM)
    path = request("ssm:GetParametersByPath", day=8, path="/app", withDecryption=True)
    yield alerts("a path, and two secrets", usual, path, *three[:2])
    by_pod = [read(name, pod("Api"), day=8) for name in SECRETS]
    yield alerts("by a pod, which a deployment may explain", usual, *by_pod, severity=Severity.LOW)
    build = assumed_role("ship", webIdFederationData={"federatedProvider": PROVIDER})
    by_build = [read(name, build, day=8) for name in SECRETS]
    yield alerts("by a build, which is new as well", usual, *by_build, severity=Severity.LOW)
    yield silent("two secrets", usual, *three[:2])
    yield silent("one secret three times", usual, *(read("db", day=8 + n / 9) for n in range(3)))
    before = read("web", day=0.1)
    yield silent("by a reader of before", usual, before, *three)
    yield alerts("by a reader of weeks before", usual, read("web", day=-7), *three)
    yield silent("in the first week", read("web/db", pod("Web"), day=2), *three)
    plain = [
        {**p, "requestParameters": {"name": n}} for n, p in zip(SECRETS, parameters, strict=True)
    ]
    yield silent("still encrypted", usual, *plain)
    yield silent("the pipeline", usual, *(read(name, DEPLOYER, day=8) for name in SECRETS))
    three_people = [read(name, iam_user(name), day=8) for name in SECRETS]
    yield silent("three readers", usual, *three_people)
    elsewhere = {**usual, "recipientAccountId": "444455556666"}
    yield silent("in another account, which is new", elsewhere, *three)
    refusals = [{**r, "errorCode": "AccessDenied"} for r in three]
    yield silent("refused, which has a rule of its own", usual, *refusals)


def read(secret: str, by: Fields = USER, *, day: float = 0) -> Record:
    return request("secretsmanager:GetSecretValue", by, day=day, secretId=secret)


def parameter(name: str, *, minute: float) -> Record:
    at = 8 * 24 * 60 + minute
    return request("ssm:GetParameter", minute=at, name=name, withDecryption=True)
