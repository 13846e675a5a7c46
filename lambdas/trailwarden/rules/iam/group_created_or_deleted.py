"""IAM group changed.

Groups carry rights. A new group prepares rights for users. A deleted group takes rights from all
its members, and a failed deletion shows whether the group exists.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Mode, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of

TELLING = frozenset({"NoSuchEntityException", "NoSuchEntity", "DeleteConflictException"})


def detect(event: Event) -> Match | None:
    group = entity_of(event)
    if event.outcome is Outcome.SUCCEEDED:
        if event.name == "CreateGroup":
            return found(group, "IAM group created", Severity.INFORMATIONAL)
        return found(group, "IAM group deleted", Severity.LOW)
    tells = event.outcome is Outcome.REFUSED or event.error_code in TELLING
    if event.name == "CreateGroup" or not tells:
        return None
    return found(group, "IAM group not deleted", Severity.INFORMATIONAL)


def found(group: str, act: str, severity: Severity) -> Match:
    return Match(f"{act}: {group}", severity=severity, subject=group, title=act)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateGroup", "iam:DeleteGroup"],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={
        Tactic.PERSISTENCE: ["T1136.003"],
        Tactic.IMPACT: ["T1531"],
        Tactic.DISCOVERY: ["T1069.003"],
    },
    response="Look at the members of the group, and at the other acts of the caller.",
    false_positives="Administrators at work.",
)


def examples() -> Examples:
    create, delete, least = "iam:CreateGroup", "iam:DeleteGroup", Severity.INFORMATIONAL
    made, gone = request(create, groupName="staff"), request(delete, groupName="staff")
    yield alerts("created", made, severity=least, subject="group staff")
    yield alerts("deleted", gone, severity=Severity.LOW, subject="group staff")
    absent = {**gone, "errorCode": "NoSuchEntityException"}
    yield alerts("not there", absent, severity=least)
    refusal = {"errorMessage": f"not authorized to perform: {delete} on resource: group staff"}
    yield alerts("refused", refused(delete, fields=refusal), subject="group staff")
    yield silent("creation refused", refused(create))
    yield silent("throttled", {**gone, "errorCode": "ThrottlingException"})
