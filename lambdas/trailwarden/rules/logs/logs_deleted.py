"""CloudWatch logs deleted.

A deleted log group is gone at once, with everything in it. That is the fastest way to remove the
traces of a machine or a function.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROLE,
    USER,
    Fields,
    assumed_role,
    refused,
    request,
)
from trailwarden.correlations import DAY, routine
from trailwarden.detection.hand_work import TRIED_OUT
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.audit_settings import holds_security_logs, log_group_of


def detect(event: Event) -> Match | None:
    group = log_group_of(event)
    stream = f" {event.request('logStreamName')}" if event.name == "DeleteLogStream" else ""
    if holds_security_logs(event, group):
        return Match(f"{group}{stream}", severity=Severity.HIGH, subject=group)
    of_no_weight = event.caller in DEPLOYMENT or event.outcome is Outcome.REFUSED
    with_its_system = resembles_pipeline(event) or event.via.startswith("cloudformation.")
    severity = Severity.LOW if with_its_system else None
    return None if of_no_weight else Match(f"{group}{stream}", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["logs:DeleteLogGroup", "logs:DeleteLogStream"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    hand_work=TRIED_OUT,
    story="destruction",
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"], Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke their access. Look for copies: a "
    "subscription, an export to S3. Then look at the writers of those logs in the hours before.",
    false_positives="An engineer removes the logs of a removed resource. Name the deploy roles.",
    references=[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"
    ],
    correlation=routine(),
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    trail = "aws-cloudtrail-logs-111122223333"
    yield alerts("a trail's group", deleted(trail), severity=Severity.HIGH, subject=trail)
    any_group = deleted("/aws/lambda/payments")
    yield alerts("any group", any_group, severity=Severity.MEDIUM, label="/aws/lambda/payments")
    yield alerts("flow logs, deployed", deleted("/vpc/flow-logs", DEPLOYER))
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    build = assumed_role("preview", webIdFederationData={"federatedProvider": provider})
    preview = deleted("/aws/lambda/payments", build)
    yield alerts("any group, by a build", preview, severity=Severity.LOW)
    stack = request("logs:DeleteLogGroup", via="cloudformation", logGroupName="/aws/lambda/pay")
    yield alerts("any group, with its stack", stack, severity=Severity.LOW)
    yield alerts("a trail's group, by a build", deleted(trail, build), severity=Severity.HIGH)
    names = {"logGroupName": "/app", "logStreamName": "i-0123456789abcdef0"}
    stream = request("logs:DeleteLogStream", **dict[str, Any](names))
    yield alerts("a stream", stream, label="/app i-0123456789abcdef0")
    yield silent("any group, deployed", deleted("/aws/lambda/payments", DEPLOYER))
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{trail}:log-stream:"
    message = f"User: x is not authorized to perform: logs:DeleteLogGroup on resource: {arn} as"
    attempt = refused("logs:DeleteLogGroup", fields={"errorMessage": message})
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM, subject=trail)
    yield silent("refused for any group", refused("logs:DeleteLogGroup", logGroupName="/app"))
    for name in ("airflow-logs", "/trailers/web", "auditorium", "/aws/lambda/pr-42-audit"):
        yield alerts(name, deleted(name), severity=Severity.MEDIUM)
    yield from examples_of_routine(
        lambda day: deleted("/app", day=day),
        told=Severity.MEDIUM,
        other=lambda day: deleted("/app", ROLE, day=day),
    )
    usual = [deleted("/app", day=day) for day in (-9, -8, -7)]
    yield alerts("a trail's group, after others", *usual, deleted(trail), last=Severity.HIGH)


def deleted(group: str, by: Fields = USER, *, day: int = 0) -> Record:
    return request("logs:DeleteLogGroup", by, day=day, logGroupName=group)
