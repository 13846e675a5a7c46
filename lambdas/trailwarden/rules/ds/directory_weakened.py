"""Directory weakened.

A directory signs people in to machines, consoles and file shares. A trust lets the users of another
domain in. Without its second factor or its encryption, a stolen password is enough.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

ACTS = {
    "CreateTrust": "Directory made to trust another domain",
    "DisableCAEnrollmentPolicy": "Certificates of a directory's machines switched off",
    "DisableClientAuthentication": "Smart cards of a directory switched off",
    "DisableLDAPS": "Encryption of a directory's queries switched off",
    "DisableRadius": "Second factor of a directory switched off",
    "EnableDirectoryDataAccess": "Users of a directory opened to the API",
    "UpdateTrust": "Trust of a directory changed",
}


def detect(event: Event) -> Match:
    directory, domain = first(event, "directoryId", "trustId"), event.request("remoteDomainName")
    severity = Severity.HIGH if event.name in ("CreateTrust", "DisableRadius") else None
    label = f"{directory} and {domain}" if domain else directory
    return Match(label, severity, directory, ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"ds:{name}" for name in ACTS],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1484.002", "T1556"],
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
    },
    response="Ask the caller. If nobody planned it, take it back, and look in the directory's own "
    "log for sign-ins since.",
    false_positives="The set-up of a directory by hand.",
)

STORIES: Mapping[str, Fields] = {
    "DisableCAEnrollmentPolicy": {},
    "DisableClientAuthentication": {"type": "SmartCard"},
    "DisableLDAPS": {"type": "Client"},
    "DisableRadius": {},
    "EnableDirectoryDataAccess": {},
}


def examples() -> Examples:
    trust: Fields = {"remoteDomainName": "evil.example", "trustDirection": "One-Way: Outgoing"}
    trust |= {"trustPassword": "HIDDEN_DUE_TO_SECURITY_REASONS", "directoryId": "d-1"}
    made, label = request("ds:CreateTrust", **trust), "d-1 and evil.example"
    yield alerts("a trust", made, severity=Severity.HIGH, subject="d-1", label=label)
    yield alerts("a trust changed", request("ds:UpdateTrust", trustId="t-1"), subject="t-1")
    for name, parameters in STORIES.items():
        severity = Severity.HIGH if name == "DisableRadius" else Severity.MEDIUM
        changed = request(f"ds:{name}", directoryId="d-1", **parameters)
        yield alerts(name, changed, severity=severity, subject="d-1")
    yield alerts("refused", refused("ds:CreateTrust"), severity=Severity.MEDIUM)
    failed = request("ds:CreateTrust", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
