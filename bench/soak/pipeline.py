"""The account of the soak, and the process that works in it, which is killed."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from bench.soak.resources import make_seal_key, make_table
from bench.soak.state import State
from trailwarden.contract.settings import Settings
from trailwarden.local.cloud import ACCOUNT, REGION, without_aws

TABLE, BUCKET = "state", "the-trails-logs"


class Account:
    """What the stack would make, in memory."""

    def __init__(self, state: State) -> None:
        self.state = state
        client = state.client
        self._s3, self._sqs, sns = client("s3"), client("sqs"), client("sns")
        self._s3.create_bucket(Bucket=BUCKET)
        self.topics = {}
        for name in ("people", "machines", "operations"):
            self.topics[name] = sns.create_topic(Name=name)["TopicArn"]
            url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
            sns.subscribe(
                TopicArn=self.topics[name],
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}",
                Attributes={"RawMessageDelivery": "true"},
            )
        self.seal_key = make_seal_key(client("kms"))
        make_table(client("dynamodb"), TABLE)

    @property
    def settings(self) -> Settings:
        """What the functions have to know."""
        return Settings(
            stack_name="Soak",
            home_region=REGION,
            state_table_name=TABLE,
            people_topic_arn=self.topics["people"],
            outputs=(f"json={self.topics['machines']}",),
            operations_topic_arn=self.topics["operations"],
            log_buckets=(BUCKET,),
            log_bucket_owner=ACCOUNT,
            trail_arn="",
            alert_emails=(),
            operations_emails=(),
            forward_regions=(),
            account_names="",
            seal_key_arn=self.seal_key,
        )

    def upload(self, key: str, content: bytes) -> None:
        """Put a log file into the bucket."""
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def taken(self, topic: str) -> list[str]:
        """Take the messages of a topic."""
        found: list[str] = []
        url = self._sqs.get_queue_url(QueueName=topic)["QueueUrl"]
        while messages := self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            entries = [
                {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]}
                for n, one in enumerate(messages)
            ]
            self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)
            found += [one["Body"] for one in messages]
        return found


class Worker:
    """The process that runs the handlers."""

    def __init__(self, account: Account, folder: Path, *, seed: int, refused: float) -> None:
        self._account, self._folder, self._refused = account, folder, refused
        self._draw = random.Random(seed)  # noqa: S311 - chance for faults, not for secrets
        self.kills = 0
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        environ = {
            **without_aws(dict(os.environ)),
            **self._account.state.environ,
            **self._account.settings.to_environ(),
            "POWERTOOLS_METRICS_NAMESPACE": "Trailwarden",
            "POWERTOOLS_SERVICE_NAME": "Soak",
        }
        seed = str(self._draw.random())
        with (self._folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bench.soak.worker", seed, str(self._refused)],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        """Kill the process, and let go of its pipes."""
        with self._process:
            self._process.kill()

    def invoke(self, command: dict[str, Any], *, kill: bool = False) -> dict[str, Any] | None:
        """Have a handler work; None where it was killed over it."""
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101 - it is a pipe
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        if kill:
            time.sleep(self._draw.uniform(0.01, 0.4))
            self._process.kill()
        line = self._process.stdout.readline()
        if kill or not line:
            self._end()
            self.kills += 1
            self._process = self._start()
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer
