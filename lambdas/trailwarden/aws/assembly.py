"""Puts the parts together, once for each execution environment. Only this reads `os.environ`."""

from __future__ import annotations

import logging
import os
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from trailwarden import catalog
from trailwarden.aws.accounts import AccountNames
from trailwarden.aws.alert_table import AlertTable
from trailwarden.aws.audit import Audit
from trailwarden.aws.canary import Canary, singer
from trailwarden.aws.chains import Chains, named
from trailwarden.aws.clock import now
from trailwarden.aws.detector import Detector
from trailwarden.aws.dispatcher import TABLE, Dispatcher, Told
from trailwarden.aws.evaluated import Evaluated
from trailwarden.aws.figures import figures, take_turn
from trailwarden.aws.hidden import Hidden
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.impatience import impatient
from trailwarden.aws.incidents.around import Around
from trailwarden.aws.incidents.asking import Asking
from trailwarden.aws.incidents.derivation import Incidents
from trailwarden.aws.incidents.links import Links
from trailwarden.aws.incidents.responder import Responder
from trailwarden.aws.logfiles import client_as
from trailwarden.aws.mailbox import Mailbox
from trailwarden.aws.mailing import sns_client
from trailwarden.aws.newest import Newest
from trailwarden.aws.outbox import Outbox
from trailwarden.aws.outputs.choosing import senders
from trailwarden.aws.own_accounts import OwnAccounts
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.aws.seal import UNKEYED, Seal, seal_of
from trailwarden.aws.troubles import SUBJECT as TROUBLES
from trailwarden.aws.troubles import (
    Troubles,
    foreign_item,
    lapse,
    lost_seal,
    sentences,
    silent_digests,
    trouble_of,
    unloaded,
    unnamed,
)
from trailwarden.aws.watch import Watch
from trailwarden.aws.work_queue import WorkQueue
from trailwarden.catalog.pipeline import PIPELINE_RULES
from trailwarden.contract.metrics import KIND, TIMES, Failure, Metric
from trailwarden.contract.settings import METRICS_NAMESPACE, ORGANIZATIONS, Settings
from trailwarden.detection.engine import Engine
from trailwarden.detection.incidents.recorders import RECORDERS
from trailwarden.notify import routes, works

logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells where credentials are from

MOST_SILENT = 10
"""Of how many accounts that are silent for longest the log tells."""

MOST_LOGGED = 20
"""Of how many failures of one invocation the log tells; all are counted."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3 import S3Client

    from trailwarden.detection.finding import RuleFailure
    from trailwarden.environment import Environment


@cache
def settings() -> Settings:
    """Return what the stack told the functions."""
    return Settings.from_environ(os.environ)


@cache
def logger() -> Logger:
    """Make the logger: constant messages with fields, and never a record.

    Powertools prefers Lambda's level to its own, and Lambda's has to let metrics pass.
    """
    made = Logger(service=settings().stack_name)
    logging.getLogger(made.name).setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
    return made


@cache
def metrics() -> Metrics:
    """Make the metrics, in CloudWatch's embedded format."""
    return Metrics(namespace=METRICS_NAMESPACE, service=settings().stack_name)


def count(counts: Mapping[Metric, int]) -> None:
    """Write what a function did to its log, where CloudWatch finds it."""
    for metric, value in counts.items():
        unit = MetricUnit.Seconds if metric in TIMES else MetricUnit.Count
        metrics().add_metric(name=metric, unit=unit, value=value)
    metrics().flush_metrics()


def count_told(told: Told) -> None:
    """Count of how many alerts people were told, and log what did not go out."""
    count(
        {
            Metric.DISPATCH_FAILURES: len(told.failed),
            Metric.RULE_ERRORS: len(told.broken),
        }
    )
    for failure in told.broken:
        log_failure(failure)
        troubles().note(trouble_of(failure))
    for failed in told.failed:
        if failed.where == TABLE:
            troubles().note(foreign_item(failed.alert_id, failed.why))
    for failed in told.failed[:MOST_LOGGED]:
        logger().error("an alert did not go out", extra=failed._asdict())


def note_lapses() -> None:
    """Have operators told of failures of the work on incidents."""
    for effect, why in links().lapses.take().items():
        troubles().note(lapse(effect, why))


def log_failure(failure: RuleFailure) -> None:
    """Log why a rule failed."""
    fields = {"rule_id": failure.rule_id, "event_id": failure.event_id}
    logger().error("rule failed", exc_info=failure.error, extra=fields)


def count_silence() -> None:
    """Count how long the most silent account has been so, and log the first of them."""
    ages = newest().ages()
    count({Metric.OLDEST_ACCOUNT_SECONDS: int(ages[0].age.total_seconds()) if ages else 0})
    worst = {one.account_id: str(one.age).partition(".")[0] for one in ages[:MOST_SILENT]}
    logger().info("ages of the newest files of accounts", extra={"oldest": worst})


def tell_troubles() -> None:
    """Tell those who operate the pipeline of what nobody was told of yet."""
    for one in pack().broken:
        troubles().note(unloaded(one.rule_id, one.message))
    if waiting := troubles().waiting():
        watch().tell(sentences(waiting), TROUBLES)
        for some in unnamed(waiting):
            logger().warning("troubles that the mail does not name", extra={"troubles": some})
        troubles().mark_told(waiting)


def count_failures(failures: Iterable[Failure]) -> None:
    """Count messages that failed, all together and by why; nothing where none did."""
    for kind, value in Counter(failures).items():
        for dimensions in ({}, {KIND: kind.value}):
            with single_metric(
                name=Metric.MESSAGES_FAILED,
                unit=MetricUnit.Count,
                value=value,
                namespace=METRICS_NAMESPACE,
                default_dimensions={"service": settings().stack_name, **dimensions},
            ):
                pass


@cache
def pack() -> catalog.Pack:
    """Load the rules as `tuning.toml` wants them; log those that cannot be loaded."""
    loaded = catalog.load()
    for one in loaded.broken:
        logger().error("a rule cannot be loaded", extra=one._asdict())
    return loaded


@cache
def environment() -> Environment:
    """Return the environment, in which the pipeline knows its own resources."""
    told = pack().environment
    return replace(told, pipeline_resources=(*told.pipeline_resources, *settings().resources))


@cache
def table() -> Table:
    """Find the state table."""
    return boto3.resource("dynamodb").Table(settings().state_table_name)


@cache
def outbox() -> Outbox:
    """Make the outbox."""
    rules = [*pack().rules, *PIPELINE_RULES]
    return Outbox(table(), rules, seal(), links=links())


@cache
def links() -> Links:
    """Make what knows what credentials have to do with."""
    return Links(hasty_table(), seal())


@cache
def hasty_table() -> Table:
    """Find the state table, and wait for no answer for long: alerts do not depend on these."""
    config = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 3})
    return boto3.resource("dynamodb", config=config).Table(settings().state_table_name)


@cache
def incidents() -> Incidents:
    """Make what knows which alerts belong together."""
    alerts = AlertTable(hasty_table(), [*pack().rules, *PIPELINE_RULES], seal())
    return Incidents(hasty_table(), alerts, links(), seal())


@cache
def around() -> Around:
    """Make what reads log files for mails."""
    return Around.of(settings(), environment(), links().lapses, boto3.client)


@cache
def asking() -> Asking | None:
    """Make what has people asked about critical incidents, where the deployment wants it."""
    return Asking.of(settings(), environment(), hasty_table(), links().lapses, boto3.client)


@cache
def responder() -> Responder:
    """Make what plans responses to incidents, which is in few deployments."""
    return Responder(
        table(),
        incidents(),
        sns_client(),
        seal(),
        people_topic_arn=settings().people_topic_arn,
        protects=environment().keeps,
    )


@cache
def seal() -> Seal:
    """Make the seal of what the functions write."""
    arn = settings().seal_key_arn
    made = seal_of(boto3.client("kms"), arn) if arn else UNKEYED
    if made.problem:
        logger().error("KMS refuses the key of the seals", extra={"error": made.problem})
        troubles().note(lost_seal(made.problem))
    return made


@cache
def troubles() -> Troubles:
    """Make the memory of the pipeline's troubles."""
    return Troubles(table())


@cache
def newest() -> Newest:
    """Make what knows which account is silent."""
    return Newest(table())


@cache
def canary() -> Canary:
    """Make what sends canaries and hears them."""
    role, name = settings().canary_role_arn, settings().state_table_name
    return Canary(table(), singer(impatient("sts"), impatient, role_arn=role, table_name=name))


def note_hidden(counts: Mapping[str, int]) -> None:
    """Remember for the next mail that all works how many matches lines of the tuning hid."""
    if counts:
        Hidden(table()).note(counts)


def tell_that_it_works() -> None:
    """Tell people once that the pipeline works, with its figures of yesterday."""
    if not take_turn(table(), now()):
        return
    told = figures(
        impatient("cloudwatch"),
        service=settings().stack_name,
        version=settings().version,
        hidden=Hidden(table()),
    )
    subject, text = works.subject(told), works.text(told)
    sns_client().publish(TopicArn=settings().people_topic_arn, Subject=subject, Message=text)


@cache
def chains() -> Chains:
    """Make what knows the last digest of each account and Region."""
    return Chains(table())


def note_silent_digests() -> None:
    """Have it told from which accounts and Regions no digest comes any more."""
    if silent := chains().silent():
        troubles().note(silent_digests(f"{now():%Y-%m-%dT%H}", named(silent)))
        chains().mark_told(silent)


@cache
def public_keys() -> PublicKeys:
    """Make what asks each Region for the public keys of digests, and waits for none for long."""
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
    return PublicKeys(lambda region: boto3.client("cloudtrail", region_name=region, config=config))


def _audit(s3: S3Client) -> Audit:
    return Audit(
        s3,
        bucket_owner=settings().log_bucket_owner,
        chains=chains(),
        evaluated=Evaluated(table()),
        keys=public_keys(),
        outbox=outbox(),
        troubles=troubles(),
    )


@cache
def detector() -> Detector:
    """Make what reads the queues' messages."""
    s3 = _reader()
    return Detector(
        Engine([*pack().rules, *RECORDERS], DynamoHistory(table())),
        OwnAccounts(table(), environment()),
        outbox(),
        troubles(),
        s3,
        audit=_audit(s3),
        newest=newest(),
        buckets=settings().log_buckets,
        bucket_owner=settings().log_bucket_owner,
        canary=canary(),
        links=links(),
    )


def _reader() -> S3Client:
    """Make the client that log files are read with, as the reader role where there is one."""
    role = settings().reader_role_arn
    return client_as(role, settings().reader_external_id) if role else boto3.client("s3")


@cache
def queue(arn: str) -> WorkQueue:
    """Find the queue that a message came from."""
    return WorkQueue(boto3.client("sqs"), arn)


@cache
def dispatcher() -> Dispatcher:
    """Make what tells people."""
    return Dispatcher(
        outbox(),
        Mailbox(table()),
        sns_client(),
        people_topic_arn=settings().people_topic_arn,
        outputs=senders(settings(), lambda name: Mailbox(table(), name)),
        routes=routes.read(settings().routes),
        account_names=account_names().names,
        on_sent=lambda number: count({Metric.ALERTS_SENT: number}),
        incidents=incidents(),
        around=around(),
        asking=asking(),
    )


@cache
def account_names() -> AccountNames:
    """Make what knows the names of accounts."""
    is_asked = settings().account_names == ORGANIZATIONS
    return AccountNames(
        table(),
        pack().environment.account_names,
        (lambda: impatient("organizations")) if is_asked else None,
    )


@cache
def watch() -> Watch:
    """Make what watches the trail and the subscriptions."""
    return Watch.of(settings())
