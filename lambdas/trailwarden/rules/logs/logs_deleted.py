"""CloudWatch logs deleted.

A deleted log group is gone at once, with everything in it. That is the fastest way to remove the
traces of a machine or a function.
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
    USER,
    Fields,
    assumed_role,
    refused,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.hand_work import TRIED_OUT
from trailwarden.detection.learned import Raised
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import (
    LOG_SETTINGS,
    holds_security_logs,
    log_group_of,
    log_group_of_setting,
)

KEPT, UNKNOWN, MADE = "security logs go there", "nobody knows", "the caller made it"
FUNCTION, GROUP = "lambda:CreateFunction", "logs:CreateLogGroup"


def detect(event: Event) -> Match | None:
    if event.action in LOG_SETTINGS:
        is_known = event.succeeded and log_group_of_setting(event)
        return Match(KEPT) if is_known else None
    if event.action in {FUNCTION, GROUP}:
        return Match(MADE) if event.succeeded else None
    group = log_group_of(event)
    stream = f" {event.request('logStreamName')}" if event.name == "DeleteLogStream" else ""
    if holds_security_logs(event, group):
        return Match(f"{group}{stream}", severity=Severity.HIGH, subject=group)
    if event.outcome is Outcome.REFUSED:
        return None
    if event.caller in DEPLOYMENT:  # no more than a deployment, unless security logs go there
        return Match(f"{group}{stream}", severity=Severity.INFORMATIONAL)
    with_its_system = resembles_pipeline(event) or event.via.startswith("cloudformation.")
    severity = Severity.LOW if with_its_system else None
    return Match(f"{group}{stream}", severity)


def by_log_group(event: Event) -> str:
    is_setting = event.action in LOG_SETTINGS
    group = log_group_of_setting(event) if is_setting else log_group_of(event)
    if event.action == FUNCTION:
        group = f"/aws/lambda/{event.request('functionName')}"
    return f"{event.recipient_account_id}/{event.aws_region}/{group}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["logs:DeleteLogGroup", "logs:DeleteLogStream", FUNCTION, GROUP, *LOG_SETTINGS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    hand_work=TRIED_OUT,
    story="destruction",
    window=7 * DAY,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"], Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke their access. Look for copies: a "
    "subscription, an export to S3. Then look at the writers of those logs in the hours before.",
    false_positives="An engineer removes the logs of a removed resource. Name the deploy roles.",
    correlation=Raised(
        lesson=KEPT,
        ends=UNKNOWN,
        to=Severity.HIGH,
        made=MADE,
        timespan=400 * DAY,
        group_by=by_log_group,
    ),
    references=[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"
    ],
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

    yield from learned()
    tried: Fields = {"role": "x", "code": {}}
    function = request(f"{FUNCTION}20150331", functionName="try", **tried)
    trial = "/aws/lambda/try"
    yield alerts("of an own trial", function, deleted(trial, minute=9), severity=Severity.LOW)
    weeks = deleted(trial, day=2)
    yield alerts("of one of days ago", function, weeks, severity=Severity.MEDIUM)
    other = deleted(trial, assumed_role("other"), minute=9)
    yield alerts("of another's trial", function, other, severity=Severity.MEDIUM)
    failed = {**function, "errorCode": "ResourceConflictException"}
    own = request(GROUP, logGroupName="/try")
    yield alerts("an own one", own, deleted("/try", minute=9), severity=Severity.LOW)
    yield alerts("of no trial", failed, deleted(trial, minute=9), severity=Severity.MEDIUM)


def learned() -> Examples:
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:records:*"
    named: Fields = {"name": "main", "s3BucketName": "logs", "cloudWatchLogsLogGroupArn": arn}
    trail = request("cloudtrail:CreateTrail", DEPLOYER, **named)
    group, other = deleted("records", minute=9), deleted("orders", minute=9)
    yield alerts("a group that a trail writes", trail, group, severity=Severity.HIGH)
    yield alerts("by a deployment", trail, deleted("records", DEPLOYER, minute=9))
    yield alerts("another group", trail, other, severity=Severity.MEDIUM)
    yield alerts("after more than a year", trail, deleted("records", day=401))
    tried = {**trail, "errorCode": "InvalidCloudWatchLogsLogGroupArnException"}
    yield alerts("a trail that failed", tried, group, severity=Severity.MEDIUM)
    for action, parameters in settings(arn).items():
        story = request(action, **parameters), group
        yield alerts(action, *story, severity=Severity.HIGH)
    bucket = request(
        "ec2:CreateFlowLogs", CreateFlowLogsRequest={"LogDestination": "arn:aws:s3:::b"}
    )
    yield alerts("flow logs in a bucket", bucket, group, severity=Severity.MEDIUM)


def settings(arn: str) -> dict[str, Fields]:
    exact, name = arn.removesuffix(":*"), "records"
    firewall = {"logType": "FLOW", "logDestination": {"logGroup": name}}
    return {
        "bedrock:PutModelInvocationLoggingConfiguration": {
            "loggingConfig": {"cloudWatchConfig": {"logGroupName": name, "roleArn": "x"}}
        },
        "cloudtrail:UpdateTrail": {"name": "main", "cloudWatchLogsLogGroupArn": arn},
        "ec2:CreateFlowLogs": {"CreateFlowLogsRequest": {"LogGroupName": name}},
        "network-firewall:UpdateLoggingConfiguration": {
            "firewallName": "f",
            "loggingConfiguration": {"logDestinationConfigs": [firewall]},
        },
        "route53:CreateQueryLoggingConfig": {
            "hostedZoneId": "Z1",
            "cloudWatchLogsLogGroupArn": exact,
        },
        "route53resolver:CreateResolverQueryLogConfig": {
            "name": "dns",
            "destinationArn": exact,
            "creatorRequestId": "1",
        },
        "wafv2:PutLoggingConfiguration": {
            "loggingConfiguration": {"resourceArn": "x", "logDestinationConfigs": [exact]}
        },
    }


def deleted(group: str, by: Fields = USER, *, minute: float = 0, day: float = 0) -> Record:
    return request("logs:DeleteLogGroup", by, minute=minute, day=day, logGroupName=group)
