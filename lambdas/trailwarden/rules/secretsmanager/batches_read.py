"""Secrets read in many batches.

Each call returns up to twenty secrets. Several pages of them are the whole store, with any filter.
A list of names that is read again tells nothing more, nor does a machine's filter at each start.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

import json
from collections.abc import Sequence

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY, Caller, resembles_workload
from trailwarden.cloudtrail.samples import Fields, assumed_role, request, task
from trailwarden.correlations import MINUTE, ValueCount, by_actor, by_lineage, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.secretsmanager import is_mirror


def detect(event: Event) -> Match | None:
    if is_mirror(event):
        return None
    names = event.listed("requestParameters.secretIdList")
    if event.request("nextToken") or not (names or resembles_workload(event)):
        return Match(f"a page in {event.aws_region}, {event.event_id}")
    chosen = json.dumps(event.get("requestParameters.filters"), default=str)[:MOST_SHOWN]
    return Match(", ".join(sorted(map(str, names))) or f"{chosen} in {event.aws_region}")


MOST_SHOWN = 500


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could read, most privileged first. Look for sign-ins with them since.",
    false_positives="A tool that copies all secrets. Name its role in `deploy_roles`.",
    correlation=ValueCount(at_least=4, in_a_day=12, timespan=30 * MINUTE, group_by=by_lineage),
    unless_usual=habit(by_actor),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
    ],
)


def examples() -> Examples:
    yield alerts("four batches", *map(batch, range(4)))
    yield silent("three batches", *map(batch, range(3)))
    mirror = assumed_role("external-secrets", "eks-prod-external-s-00000001-1a2b-4c3d")
    inside = [{**batch(n, mirror), "sourceIPAddress": "10.20.3.4"} for n in range(4)]
    yield silent("an operator in a cluster", *inside)
    yield alerts("the same from elsewhere", *(batch(n, mirror) for n in range(4)))
    yield alerts("12 within a day", *(batch(60 * n) for n in range(12)))
    yield silent("11 within a day", *(batch(60 * n) for n in range(11)))
    lists = [named(n, f"app/{n}", "app/x") for n in range(4)]
    yield alerts("four lists of names", *lists)
    yield silent("three lists of names", *lists[:3])
    yield silent("one list, at each start", *(named(n, "app/db", "app/api") for n in range(9)))
    starts = [batch(n, task("shop"), further=False) for n in range(9)]
    yield silent("one filter of a task, at each start", *starts)
    yield alerts("one filter of a key", *(batch(n, further=False) for n in range(5)))
    for kind in ("tag-value", "name"):
        filters = [{"key": kind, "values": [str(n)]} for n in range(5)]
        each = [
            batch(n, task("shop"), further=False, filters=[one]) for n, one in enumerate(filters)
        ]
        yield alerts(f"five filters by {kind}", *each)
    yield from examples_of_habit(*map(batch, range(4)), told=Severity.HIGH)


SHOP: Sequence[Fields] = ({"key": "tag-key", "values": ["shop"]},)


def batch(
    minute: int,
    by: Fields | None = None,
    *,
    further: bool = True,
    filters: Sequence[Fields] = SHOP,
) -> Record:
    asked: Fields = {"filters": list(filters)} | ({"nextToken": "t"} if further else {})
    return request("secretsmanager:BatchGetSecretValue", by, minute=minute, **asked)


def named(minute: int, *names: str) -> Record:
    return request("secretsmanager:BatchGetSecretValue", minute=minute, secretIdList=list(names))
