"""Console opened with the credentials of a workload.

Machines do not use the console. A thief took the role's credentials out of a workload, such as an
instance or a pod. The thief then turned them into a browser session.
"""

from trailwarden import ATTEMPTED, NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    PERSON,
    Fields,
    assumed_role,
    console_login,
    function,
    instance_role,
    pod,
    request,
    task,
)
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import failed, session_of


def detect(event: Event) -> Match | None:
    if failed(event) or not resembles_workload(event):
        return None
    return Match(session_of(event), subject=event.user_identity.role_name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "signin:GetSigninToken"],
    exempt=NOBODY,
    # Old records of tasks show only a name: a role's session may be a workload's, too.
    callers=WORKLOADS | {Caller.ROLE},
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1550.001"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
    },
    response="Revoke the role's sessions. Isolate the instance, task or pod, and find out how its "
    "credentials were read. Then review the acts of the role from the same address.",
    false_positives="An engineer borrows an instance's role to open the console.",
)


def examples() -> Examples:
    named = assumed_role("old-server", "i-0a1b2c3d")
    label = "old-server/i-0a1b2c3d"
    yield alerts("a session named like an instance", console_login(named), label=label)
    workloads = [instance_role("web"), task("web"), pod("web"), function("f", "web")]
    for workload in [*workloads, assumed_role("web", "0123456789abcdef0123456789abcdef")]:
        yield alerts("a workload signs in", console_login(workload), subject="web")
    server = instance_role("web")
    yield alerts("its token is requested", token(server), subject="web")
    yield silent("a token that is not given", token(server, "Failure"))
    yield silent("a person signs in", console_login(PERSON))
    almost = assumed_role("web", "i-am")
    yield silent("a session named much like an instance", console_login(almost))
    guest = assumed_role("web", "i-0a1b2c3d", account="444455556666")
    yield silent("a session of an unknown account", console_login(guest))


def token(by: Fields, outcome: str = "Success") -> Record:
    return request("signin:GetSigninToken", by, answer={"GetSigninToken": outcome})
