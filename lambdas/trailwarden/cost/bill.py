"""What a month costs, line by line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trailwarden.cost import prices
from trailwarden.cost.measured import Measured
from trailwarden.cost.prices import MILLION, Price

DAYS = 30
MINUTES = 60 * 24 * DAYS
"""Of a month."""

MONTHS_KEPT = 12
"""For how many months log files have been kept; they are too small for Glacier."""

GIGABYTE = 1_000_000_000

SWEEPS = MINUTES / 5
POLLERS = 5
"""How many connections Lambda holds open to a queue that is quiet.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

POLL_SECONDS = 20
REQUESTS_PER_MESSAGE = 3
"""Sent, received, deleted: each by itself, as at a low rate."""

WAIT_FOR_S3 = 0.040
WAIT_FOR_DYNAMODB = 0.006
WAIT_FOR_SNS = 0.030
"""How many seconds a call takes. No test can measure these without an account."""

PROCESSORS = 1024 / 1769
"""How much of a virtual processor a function of 1,024 MB has.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

MILLISECONDS_PER_FILE = 6
"""Of processor time: the cost of a message with any content of the file."""

ENVIRONMENTS = 6
"""How many execution environments learn a day's harmless work of an account, each by itself."""

EVALUATED_BYTES, EVALUATED_DAYS = 250, 14
"""The bytes of the item of an hour's evaluated log files, and how many days it stays."""

ACCESS_LOG_BYTES = 700
ACCESS_LOG_MONTHS = 400 / 30
BUCKET_KEY_SHARE = 0.01
"""What S3 Bucket Keys leave of the requests to KMS.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

WRITE_SHARE = 0.10
"""How many of the management events write; only they are analyzed for both kinds of Insights.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/insights-events-costs.html
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What comes in during a month."""

    name: str
    events: float
    """Management events."""
    files: float
    digests: float
    """Digest files: one an hour, account and Region."""
    accounts: float
    alerts: float
    matches: float
    """Further matches of alerts."""
    refused_share: float = 0.01
    """How many events are refused calls, ..."""
    discovery_share: float = 0.01
    """... or people who list what there is."""


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    price: Price
    quantity: float
    reason: str

    @property
    def dollars(self) -> float:
        """The cost."""
        return self.price.of(self.quantity)


@dataclass(frozen=True)
class _Traffic:
    """What the load means for the queues and the table."""

    fast: float
    writes: float
    reads: float
    proof_writes: float
    """Of those that remember which log files were evaluated, and the last digests."""


def bill(load: Load, measured: Measured, *, bucket_keys: bool) -> list[Line]:
    """Return the lines of what every deployment pays."""
    traffic = _traffic(load, measured)
    return [
        *_trail(load, measured, bucket_keys=bucket_keys),
        *_ingest(load, traffic, measured),
        *_compute(load, traffic, measured),
        *_state(load, traffic, measured),
        *_watch(load, traffic, measured),
    ]


def total(lines: Iterable[Line]) -> float:
    """Return what some lines cost together."""
    return sum(line.dollars for line in lines)


def chosen(load: Load, measured: Measured) -> list[Line]:
    """Return the lines of what only some deployments choose, or have to pay."""
    return [
        further_copy(load.events),
        insights(load.events),
        data_events(load.events),
        Line(prices.FORWARDED, _traffic(load, measured).fast, "were all of other Regions"),
    ]


def further_copy(events: float) -> Line:
    """Return what CloudTrail charges for delivering management events once more."""
    return Line(prices.FURTHER_COPY, events, "where another trail brings the first copy")


def insights(events: float) -> Line:
    """Return what both kinds of Insights cost: calls that write are analyzed twice."""
    return Line(prices.INSIGHTS, events * (1 + WRITE_SHARE), "with `insights`")


def data_events(events: float) -> Line:
    """Return what CloudTrail charges for data events, which have no free copy."""
    return Line(prices.DATA_EVENTS, events, "with `data_events`, were they as many")


def kms_requests(load: Load, measured: Measured, *, bucket_keys: bool) -> Line:
    """Return the cost of encrypting each file, and of decrypting those that are read."""
    requests = load.files + load.digests + _gets(load, measured)
    share = BUCKET_KEY_SHARE if bucket_keys else 1
    reason = "with S3 Bucket Keys" if bucket_keys else "one to write a file, one to read it"
    return Line(prices.KMS_REQUESTS, requests * share, reason)


def of_table(measured: Measured, kind: str) -> float:
    """Return what the table's writes and reads of one kind of figures cost, in dollars."""
    writes, reads = (float(getattr(measured, f"{kind}_{unit}")) for unit in ("writes", "reads"))
    return prices.WRITES.of(writes) + prices.READS.of(reads)


def _traffic(load: Load, measured: Measured) -> _Traffic:
    refused, discovery = load.events * load.refused_share, load.events * load.discovery_share
    shares = {
        "ordinary": (load.events - refused - discovery) / MILLION,
        "refused": refused / MILLION,
        "discovery": discovery / MILLION,
        "day": load.accounts * DAYS * ENVIRONMENTS,
        "alert": load.alerts,
        "match": load.matches,
        "sweep": SWEEPS,
    }

    def units(kind: str) -> float:
        return sum(many * float(getattr(measured, f"{n}_{kind}")) for n, many in shares.items())

    kinds = ("ordinary", "refused", "discovery")
    fast = sum(shares[n] * float(getattr(measured, f"{n}_fast_share")) for n in kinds)
    proof = load.files * measured.file_writes + load.digests * measured.digest_writes
    reads = units("reads") + load.digests * measured.digest_reads
    return _Traffic(fast * MILLION, units("writes"), reads, proof)


def _gets(load: Load, measured: Measured) -> float:
    """Return how many objects the detector reads."""
    return load.files * measured.gets_per_file + load.digests * measured.gets_per_digest


def _messages(load: Load, traffic: _Traffic) -> float:
    return load.files + load.digests + traffic.fast


def _trail(load: Load, measured: Measured, *, bucket_keys: bool) -> Iterator[Line]:
    objects = load.files + load.digests
    stored = load.events * measured.stored_bytes_per_event * MONTHS_KEPT / GIGABYTE
    looks = load.files * measured.heads_per_file
    requests = objects + _gets(load, measured) + looks
    access_logs = requests * ACCESS_LOG_BYTES * ACCESS_LOG_MONTHS / GIGABYTE
    yield Line(prices.FIRST_COPY, load.events, "where no other trail delivers them")
    yield Line(prices.S3_PUT, objects, "log files and digests")
    yield Line(prices.S3_GET, _gets(load, measured), "the detector reads each file and digest")
    yield Line(prices.S3_GET, looks, "and looks whether the listed files are there")
    yield Line(prices.S3_STORAGE, stored, "log files of a year")
    yield Line(prices.S3_STORAGE, access_logs, "access logs of 400 days")
    yield Line(prices.KMS_KEY, measured.keys, "each of its first two yearly rotations adds as much")
    yield kms_requests(load, measured, bucket_keys=bucket_keys)


def _ingest(load: Load, traffic: _Traffic, measured: Measured) -> Iterator[Line]:
    messages = _messages(load, traffic)
    polls = measured.polled_queues * POLLERS * MINUTES * 60 / POLL_SECONDS
    yield Line(prices.S3_EVENTS, load.files + load.digests, "one for each new object")
    yield Line(prices.SQS_REQUESTS, messages * REQUESTS_PER_MESSAGE, "each message alone")
    yield Line(prices.SQS_REQUESTS, polls, "Lambda asks queues that are empty")


def _compute(load: Load, traffic: _Traffic, measured: Measured) -> Iterator[Line]:
    messages = _messages(load, traffic)
    sent = load.alerts * measured.alert_invocations + load.matches * measured.match_invocations
    processor = (
        messages * MILLISECONDS_PER_FILE / 1_000
        + (load.events + traffic.fast) * measured.microseconds_per_event / MILLION
    ) / PROCESSORS
    calls = (_gets(load, measured) + load.files * measured.heads_per_file) * WAIT_FOR_S3
    calls += (traffic.writes + traffic.proof_writes + traffic.reads) * WAIT_FOR_DYNAMODB
    calls += load.alerts * measured.alert_publishes * WAIT_FOR_SNS
    yield Line(prices.LAMBDA_REQUESTS, messages + sent + SWEEPS, "one a message, alert and sweep")
    yield Line(prices.LAMBDA_DURATION, processor + calls, "computing, and waiting for AWS")
    yield Line(prices.SCHEDULED, SWEEPS, "the sweeper, every five minutes")


def _state(load: Load, traffic: _Traffic, measured: Measured) -> Iterator[Line]:
    months = measured.item_days / DAYS
    stored = traffic.writes * measured.item_bytes * months / GIGABYTE
    stored += load.digests * EVALUATED_BYTES * EVALUATED_DAYS / DAYS / GIGABYTE
    yield Line(prices.WRITES, traffic.writes, "what correlations remember, and alerts")
    yield Line(prices.WRITES, traffic.proof_writes, "evaluated log files, and last digests")
    yield Line(prices.READS, traffic.reads, "what correlations look up")
    yield Line(prices.TABLE_STORAGE, stored, "until it expires")
    yield Line(prices.TABLE_BACKUP, stored, "of the same")


def _watch(load: Load, traffic: _Traffic, measured: Measured) -> Iterator[Line]:
    messages = _messages(load, traffic)
    logged = messages * measured.log_bytes_per_file + SWEEPS * measured.log_bytes_per_sweep
    yield Line(prices.PUBLISHES, load.alerts * measured.alert_publishes, "to people and machines")
    yield Line(prices.MAILS, load.alerts, "to one address")
    yield Line(prices.METRICS, measured.metrics, "what the functions count")
    yield Line(prices.ALARMS, measured.alarms, "whether the pipeline works")
    yield Line(prices.DASHBOARDS, measured.dashboards, "one page")
    yield Line(prices.LOGS, logged / GIGABYTE, "the functions' logs")
