"""User of a directory changed by hand.

Directory Service has an API for the users of a directory. A new member of a powerful group gets
machines, files and applications by it.
"""

import re

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

POWERFUL = re.compile(r"\b(?:admin\w*|operators)\b", re.IGNORECASE)
ACTS = {
    "AddGroupMember": "Member added to a group of a directory by hand",
    "CreateUser": "User of a directory created by hand",
    "UpdateUser": "User of a directory changed by hand",
}


def detect(event: Event) -> Match:
    user = event.request("memberName", "sAMAccountName")
    group = event.request("groupName")
    severity = Severity.HIGH if POWERFUL.search(group) else None
    label = " ".join(filter(None, (event.name, user, group)))
    return Match(label, severity, user, ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ds-data:AddGroupMember", "ds-data:CreateUser", "ds-data:UpdateUser"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1136.002", "T1098.007"]},
    response="Ask the caller who the user is. If nobody knows, disable the user, and take it out "
    "of its groups. Then disable the credentials of the caller.",
    false_positives="A help desk that works with the API. Name its role in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/directoryservicedata/latest/DirectoryServiceDataAPIReference/"
    ],
)

ENVIRONMENT = DEPLOYED
DIRECTORY: Fields = {"directoryId": "d-1"}


def examples() -> Examples:
    add, make = "ds-data:AddGroupMember", "ds-data:CreateUser"
    admins: Fields = {"memberName": "eve", "groupName": "AWS Delegated Administrators"}
    label = "AddGroupMember eve AWS Delegated Administrators"
    added = request(add, **DIRECTORY, **admins)
    yield alerts("an administrator", added, severity=Severity.HIGH, subject="eve", label=label)
    readers: Fields = {"memberName": "eve", "groupName": "Readers"}
    yield alerts("a reader", request(add, **DIRECTORY, **readers), severity=Severity.MEDIUM)
    for action in (make, "ds-data:UpdateUser"):
        yield alerts(action, request(action, **DIRECTORY, sAMAccountName="eve"), subject="eve")
    yield alerts("refused", refused(make, **DIRECTORY, sAMAccountName="eve"), severity=Severity.LOW)
    yield silent("a pipeline", request(make, DEPLOYER, **DIRECTORY, sAMAccountName="app"))
