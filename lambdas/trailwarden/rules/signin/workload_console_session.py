"""Console opened with the credentials of an instance, task or pod.

Machines do not use the console. Somebody took the role's credentials out of the workload and
turned them into a browser session, to look around in comfort.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import (
    assumed_role,
    console_login,
    instance_role,
    record,
    sso_user,
)
from trailwarden.services.signin import failed

PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2C3"


def detect(event: Event) -> str:
    identity = event.user_identity
    if failed(event) or not is_workload(identity):
        return ""
    return f"session {identity.session_name[:60]} of {identity.role_name[:64]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "signin:GetSigninToken"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    severity=Severity.HIGH,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1550.001"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
    },
    response="Revoke the role's active sessions. Isolate the instance, task or pod, find out how "
    "its credentials were read, and review what the role did from the same address.",
    false_positives="An engineer who borrows an instance's role to open the console.",
)


def examples() -> Iterator[Example]:
    server = instance_role("web-server")
    answer = {"GetSigninToken": "Success"}
    token = record("signin:GetSigninToken", server, responseElements=answer)
    yield alerts("an instance role signs in", console_login(server))
    yield alerts("its token is asked for", token)
    short = assumed_role("old-server", "i-0a1b2c3d")
    yield alerts("an instance with a short id", console_login(short))
    task = assumed_role("task-role", "0123456789abcdef0123456789abcdef")
    yield alerts("a task's role signs in", console_login(task))
    pod = assumed_role("pod", "p", webIdFederationData={"federatedProvider": PROVIDER})
    yield alerts("a pod's role signs in", console_login(pod))
    yield silent("a sign-in that fails", console_login(server, succeeds=False))
    yield silent("a person signs in", console_login(sso_user("alice")))
    yield silent("a session named much like an instance", console_login(assumed_role("r", "i-am")))
