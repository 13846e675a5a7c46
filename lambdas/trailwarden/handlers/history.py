"""Step Functions to the engine: one portion of a history, or one step of its sum."""

from functools import cache
from typing import Any

import msgspec

from trailwarden.aws import logfiles
from trailwarden.aws.bucket import Access, S3File
from trailwarden.aws.bucket_store import BucketStore
from trailwarden.history import reduction
from trailwarden.history import run as runs
from trailwarden.history.manifest import Portion
from trailwarden.history.portion import evaluate
from trailwarden.history.publication import publish
from trailwarden.history.run import Run, prepared

Task = dict[str, Any]


class OtherRulesError(Exception):
    """The history began with other rules than those that are deployed; the message says so."""


class NoHistoryError(Exception):
    """The task names a history that is not in the bucket."""


def handler(task: Task, _context: Any) -> Task:
    """Do one task, and return what the state machine has to know of it."""
    store = BucketStore(logfiles.client(), task["bucket"], task["run"])
    run = runs.load(store)
    if run is None:
        raise NoHistoryError(f"{task['run']} is no history in {task['bucket']}")
    if run.release != _release():
        raise OtherRulesError(
            "the history began with other rules than those that are deployed: begin another one "
            "with the files that were deployed, or deploy again"
        )
    match task["task"]:
        case "evaluate":
            portion = msgspec.convert(task["portion"], Portion)
            receipt = evaluate(store, run, portion, _source)
            return {"events": receipt.events, "failures": receipt.failures}
        case "gather":
            return _gather(store, run)
        case "reduce":
            reduction.reduce(store, run, task["part"])
            return {}
        case "conclude":
            outcome = publish(store, run)
            return {"events": outcome.gathered.events, "alerts": len(outcome.alerts)}
    raise ValueError(f"{task['task']!r} is no task of a history")


def _gather(store: BucketStore, run: Run) -> Task:
    """Gather the receipts; name new accounts and networks as own ones for another round."""
    gathered = reduction.gather(store, run)
    if gathered.is_settled(run, prepared(run, None)[1]):
        return {"again": False, "parts": list(range(run.parts))}
    runs.save(store, gathered.known(run))
    return {"again": True, "parts": []}


def _source(address: str, size: int) -> S3File:
    """Return the log file at an address of S3, which the function's role may read or not."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return S3File(bucket, key, size, _access())


@cache
def _access() -> Access:
    return Access()


@cache
def _release() -> str:
    return runs.release()
