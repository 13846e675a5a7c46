"""Sessions opened to several instances in a short time.

A person on call looks at the few machines of a group. A thief with a stolen key opens one after the
other, in search of the machine with the better role.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    target = event.request("target")
    return None if target.startswith("ecs:") else Match(target)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:StartSession"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1021.008"], Tactic.EXECUTION: ["T1651"]},
    response="Ask the caller. If they do not know of it, end the sessions with `aws ssm "
    "terminate-session` and revoke the credentials. Then read the session logs, if they exist.",
    false_positives="Debugging of a cluster. Tools that open a tunnel to each machine.",
    correlation=ValueCount(at_least=5, in_a_day=12, timespan=30 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    yield alerts("five instances", *(opened(f"i-0{n}") for n in range(5)))
    yield silent("four instances", *(opened(f"i-0{n}") for n in range(4)))
    slowly = [opened(f"i-0{n}", minute=100 * n) for n in range(12)]
    yield alerts("one after the other, all day long", *slowly)
    yield silent("a little less all day long", *slowly[1:])
    yield silent("one instance, three times", *(opened("i-01", minute=n) for n in range(3)))
    yield silent("five containers", *(opened(f"ecs:prod_{n}_app") for n in range(5)))


def opened(target: str, *, minute: float = 0) -> Record:
    return request("ssm:StartSession", minute=minute, target=target)
