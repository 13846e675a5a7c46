"""The histories of a deployment: begins them, follows them, and stops them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from trailwarden.aws.bucket_store import BucketStore
from trailwarden.aws.operator import OperatorError, outputs_of, stack_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABSENT = (
    "the stack {stack} has no {what}: set history to true in cdk.json and deploy, or say --local"
)


@dataclass(frozen=True)
class Progress:
    """How far a history is."""

    state: str
    """As Step Functions says it: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED."""
    why: str = ""
    """Why it failed."""
    counts: Mapping[str, int] | None = None
    """How many portions there are of each state; None before they are known."""


class Histories:
    """The histories of one deployment."""

    def __init__(self, session: boto3.Session, stack_name: str) -> None:
        """Find the deployment. Raises OperatorError where it has no histories."""
        self._stack, self._outputs = stack_name, outputs_of(stack_of(session, stack_name))
        self._machine = self._output("HistoryMachineArn")
        self.bucket = self._output("HistoryBucketName")
        self.logs = self._output("LogBucketName")
        self._s3 = session.client("s3")
        self._states: Any = session.client("stepfunctions")

    def _output(self, name: str) -> str:
        if not (value := self._outputs.get(name)):
            raise OperatorError(_ABSENT.format(stack=self._stack, what=name))
        return value

    def store(self, name: str) -> BucketStore:
        """Return the store of the history of a name."""
        return BucketStore(self._s3, self.bucket, name)

    def start(self, name: str, at_once: int) -> None:
        """Begin the history of a name, whose manifest is there, with so many functions at once."""
        given = json.dumps({"run": name, "at_once": at_once})
        self._states.start_execution(stateMachineArn=self._machine, name=name, input=given)

    def newest(self) -> str:
        """Return the name of the newest history. Raises OperatorError where there is none."""
        answer = self._states.list_executions(stateMachineArn=self._machine, maxResults=1)
        if not answer["executions"]:
            raise OperatorError(f"the stack {self._stack} has no history yet")
        return str(answer["executions"][0]["name"])

    def progress(self, name: str) -> Progress:
        """Return how far the history of a name is."""
        arn = self._execution(name)
        told = self._states.describe_execution(executionArn=arn)
        runs = self._states.list_map_runs(executionArn=arn).get("mapRuns", ())
        counts = None
        if runs:
            newest = max(runs, key=lambda one: one["startDate"])["mapRunArn"]
            counts = self._states.describe_map_run(mapRunArn=newest)["itemCounts"]
        return Progress(told["status"], told.get("cause", ""), counts)

    def stop(self, name: str) -> None:
        """Stop the history of a name: functions at work end, and no more begin."""
        self._states.stop_execution(executionArn=self._execution(name), cause="stopped by hand")

    def _execution(self, name: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"


def connect(stack_name: str, *, region: str | None, profile: str | None) -> Histories:
    """Find the histories of a deployment. Raises OperatorError."""
    return Histories(boto3.Session(region_name=region, profile_name=profile), stack_name)
