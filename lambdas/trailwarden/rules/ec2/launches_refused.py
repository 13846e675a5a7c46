"""Launch of instances refused several times.

A thief finds out which machines stolen credentials can start. The permission is missing, the quota
is used up, or AWS has blocked the account. Dry runs count as attempts, because tools test with
them.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Caller, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, pod, request
from trailwarden.correlations import HOUR, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.ec2 import LAUNCHES

REFUSALS = frozenset(
    {
        "Client.Blocked",
        "Client.InstanceLimitExceeded",
        "Client.MaxSpotInstanceCountExceeded",
        "Client.OptInRequired",
        "Client.PendingVerification",
        "Client.VcpuLimitExceeded",
    }
)


def detect(event: Event) -> Match | None:
    is_refused = event.outcome is Outcome.REFUSED or event.error_code in REFUSALS
    if not is_refused and not event.is_dry_run:
        return None
    # autoscalers of clusters check their permissions with dry runs
    severity = Severity.LOW if event.caller is Caller.POD else None
    return Match(f"{event.error_code} in {event.aws_region}", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DISCOVERY: ["T1580"]},
    response="Ask the owner of the credentials about the attempts. If they do not know of them, "
    "disable the credentials. Look for launches that went through, in all Regions.",
    false_positives="A person who learns that a permission or the quota is missing, and retries.",
    correlation=EventCount(at_least=5, timespan=HOUR, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    label, medium = "Client.UnauthorizedOperation in us-east-1", Severity.MEDIUM
    denials = launches("Client.UnauthorizedOperation")
    yield alerts("five refusals", *denials, severity=medium, label=label)
    yield alerts("five launches over quota", *launches("Client.VcpuLimitExceeded"))
    dry_run = "Client.DryRunOperation"
    yield alerts("five dry runs", *launches(dry_run))
    yield alerts("five of a pod", *launches(dry_run, pod("autoscaler")), severity=Severity.LOW)
    yield silent("four refusals", *denials[:4])
    yield silent("five typing errors", *launches("Client.InvalidParameterValue"))
    yield silent("five launches", *launches(""))
    yield from examples_of_habit(*denials, told=Severity.MEDIUM)


def launches(error: str, by: Fields | None = None) -> list[Record]:
    failure = {"errorCode": error} if error else {}
    return [request("ec2:RunInstances", by, minute=n, fields=failure) for n in range(5)]
