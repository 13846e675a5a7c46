"""User creation refused.

Many intruders first try to create a user that they keep with a found key. A program that is refused
does not need users. Somebody else probably holds its credentials.
"""

from trailwarden import NOBODY, REFUSED, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, ROLE, iam_user, instance_role, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of

ACTS = {"CreateUser": "User creation refused", "CreateLoginProfile": "Password creation refused"}


def detect(event: Event) -> Match | None:
    if event.from_console:
        return None
    entity = entity_of(event)
    return Match(f"{event.name} {entity}".strip(), subject=entity, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=NOBODY,
    callers=WORKLOADS | {Caller.ACCESS_KEY, Caller.ROLE},
    outcome=REFUSED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Ask the owner of the key or role. If they did not try, disable it. Look for other "
    "attempts, for those that succeeded, and find where the credentials leaked.",
    false_positives="A person at the command line, or a deployment that lacks a permission.",
)


def examples() -> Examples:
    create, password = "iam:CreateUser", "iam:CreateLoginProfile"
    refusal = {"errorMessage": f"not authorized to perform: {create} on resource: user bob because"}
    yield alerts("a long-term key", refused(create, fields=refusal), subject="user bob")
    yield alerts("a password", refused(password), label="CreateLoginProfile")
    yield alerts("an instance", refused(create, instance_role("web")))
    yield alerts("a role", refused(password, ROLE))
    yield silent("a person", refused(create, PERSON))
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("a role in the console", refused(create, ROLE, fields=console))
    taken = {"errorCode": "EntityAlreadyExistsException"}
    exists = request(create, iam_user("ci"), userName="bob", fields=taken)
    yield silent("a name that is taken", exists)
    yield silent("a success", request(create, userName="bob"))
