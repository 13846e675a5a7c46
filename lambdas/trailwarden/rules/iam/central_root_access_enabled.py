"""Central access to the root users of an organization enabled.

With it, the management account opens sessions as the root user of every member account. An
organization enables it once. An intruder in the management account enables it to own all others.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request

ACTS = {
    "EnableOrganizationsRootCredentialsManagement": "central deletion of root credentials",
    "EnableOrganizationsRootSessions": "root sessions on member accounts",
}


def detect(event: Event) -> Match:
    return Match(f"{ACTS[event.name]}, from {event.recipient_account_id}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1484"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Ask the owners of the management account. If nobody planned it, disable it again, "
    "and revoke the caller's access. Then look for sessions of `sts:AssumeRoot`.",
    false_positives="The planned removal of root credentials from all member accounts.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html"],
)


def examples() -> Iterator[Example]:
    for name, what in ACTS.items():
        yield alerts(name, request(f"iam:{name}"), label=f"{what}, from 111122223333")
    wrong = refused("iam:EnableOrganizationsRootSessions")
    yield alerts("refused", wrong, severity=Severity.MEDIUM)
    yield silent("it is disabled", request("iam:DisableOrganizationsRootSessions"))
