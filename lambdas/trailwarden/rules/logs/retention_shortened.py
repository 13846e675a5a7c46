"""Retention of security logs shortened.

A shorter retention deletes older events within hours. That removes traces without the deletion of
anything.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import holds_security_logs, log_group_of

SHORT = 7
UNKNOWN = "Retention of security logs set to days"


def detect(event: Event) -> Match | None:
    group, days = log_group_of(event), event.get("requestParameters.retentionInDays")
    if not holds_security_logs(event, group):
        return None
    if event.denied or event.name == "DeleteRetentionPolicy":
        return Match(state(retention_in_days="forever"), subject=group)
    if not isinstance(days, int):
        return None
    return Match(state(over_a_week=days > SHORT, retention_in_days=days), subject=group)


def by_log_group(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{log_group_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Set the retention back at once. Ask the caller. If they did not plan it, read the "
    "rest of the group, and look for copies of the logs elsewhere.",
    false_positives="A team saves the cost of logs. Name the roles that deploy.",
    correlation=Worsened(timespan=90 * DAY, group_by=by_log_group, unknown_title=UNKNOWN),
    references=[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
    ],
)

ENVIRONMENT = DEPLOYED
GROUP = "aws-cloudtrail-logs-111122223333"


def examples() -> Examples:
    year, month, week = kept(365), kept(30, day=1), kept(7, day=1)
    yield alerts("a month in place of a year", year, month, severity=Severity.MEDIUM, subject=GROUP)
    label = "over a week: off; retention in days: 7"
    yield alerts("a week, nothing known", week, severity=Severity.LOW, label=label)
    yield alerts("known of another", kept(365, "audit"), week, severity=Severity.LOW)
    yield alerts("after a pipeline", kept(365, by=DEPLOYER), month, severity=Severity.MEDIUM)
    forever = request("logs:DeleteRetentionPolicy", logGroupName=GROUP)
    yield alerts("a month in place of forever", forever, month, severity=Severity.MEDIUM)
    attempt = refused("logs:PutRetentionPolicy", logGroupName=GROUP)
    yield alerts("a refused request", attempt, severity=Severity.LOW)
    yield silent("a month, nothing known", month)
    yield silent("a year in place of a month", kept(30), kept(365, day=1))
    yield silent("another group", kept(365, "/app"), kept(1, "/app", day=1))
    yield silent("airflow", kept(1, "airflow-logs"))


def kept(days: int, group: str = GROUP, *, day: int = 0, by: Fields | None = None) -> Record:
    return request("logs:PutRetentionPolicy", by, day=day, logGroupName=group, retentionInDays=days)
