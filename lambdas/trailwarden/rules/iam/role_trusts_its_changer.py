"""Role opened to the principal that changed it.

A permission to change trust policies is a permission to become any role. An intruder adds the
stolen user or role to the trust policy of a stronger one, and assumes that.
"""

from trailwarden import NOBODY, SUCCEEDED, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    iam_user,
    request,
    sso_user,
    trust,
)
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import statements
from trailwarden.services.iam import is_powerful, trust_of


def detect(event: Event) -> Match | None:
    own = own_name(event)
    found = statements(trust_of(event))
    trusted = (p.id for s in found if s.allows for p in s.principals if p.account_id == ours(event))
    added = next((arn for arn in trusted if own and name_of(arn) == own), "")
    role = event.request("roleName")
    severity = Severity.HIGH if is_powerful(role, event) else None
    return Match(role, severity, added) if added else None


def ours(event: Event) -> str:
    """Return the account of the role, which has to be the caller's, too."""
    return event.recipient_account_id


def own_name(event: Event) -> str:
    """Return the name of the caller: a user and a role of one name are taken for one."""
    identity = event.user_identity
    return identity.user_name or identity.role_arn.rpartition("/")[2]


def name_of(arn: str) -> str:
    """Return the name of the user or role of an ARN, also of a session of the role."""
    kind, _, path = arn.rpartition(":")[2].partition("/")
    return path.partition("/")[0] if kind == "assumed-role" else path.rpartition("/")[2]


def by_changer(event: Event) -> str:
    """Group by account and actor: who has added themselves before says nothing new of a role."""
    return f"{event.recipient_account_id}/{event.actor}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAssumeRolePolicy"],
    exempt=NOBODY,
    # People of Identity Center come by roles that they share, and trust those on purpose.
    callers=WORKLOADS | {Caller.ACCESS_KEY, Caller.ROLE},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Ask the caller what they need the role for. If they do not know of it, put the trust "
    "policy back. Then revoke the sessions of the role, and disable the credentials.",
    false_positives="An engineer tries out a role by hand.",
    references=["https://pathfinding.cloud/"],
    correlation=first_use(by_changer, learning=0),
)

ENVIRONMENT = DEPLOYED
MALLORY = iam_user("mallory")
ME, OTHER = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("mallory", "bob"))


def examples() -> Examples:
    opened = changed("report", ME)
    yield alerts("a user", opened, severity=Severity.MEDIUM, subject=ME, label="report")
    own = f"arn:aws:iam::{ACCOUNT}:role/{ROLE['sessionContext']['sessionIssuer']['userName']}"
    by_role = changed("report", own, ROLE)
    yield alerts("a role", by_role, severity=Severity.MEDIUM, subject=own)
    yield alerts(
        "the same role, by another principal", by_role, changed("report", ME, day=1), subject=ME
    )
    session = ROLE["arn"]
    late = changed("report", session, ROLE, day=61)
    yield alerts("again, after two months", by_role, late, subject=session)
    yield alerts("an administrator's role", changed("OrgAdmin", ME), severity=Severity.HIGH)
    alice = sso_user("alice@example.com", "Developer")
    team = alice["sessionContext"]["sessionIssuer"]["arn"]
    yield silent("a person", changed("report", team, alice))
    yield silent("a namesake elsewhere", changed("report", ME.replace(ACCOUNT, OTHER_ACCOUNT)))
    yield silent("somebody else", changed("report", OTHER))
    yield silent("the account", changed("report", f"arn:aws:iam::{ACCOUNT}:root"))
    pipeline = DEPLOYER["sessionContext"]["sessionIssuer"]["arn"]
    yield silent("a pipeline", changed("report", pipeline, DEPLOYER))
    yield silent("a denial", denial())


def denial() -> Record:
    document = trust({"AWS": ME}).replace("Allow", "Deny")
    return request("iam:UpdateAssumeRolePolicy", MALLORY, roleName="r", policyDocument=document)


def changed(role: str, principal: str, by: Fields = MALLORY, *, day: float = 0) -> Record:
    document = trust({"AWS": [principal, OTHER]})
    action = "iam:UpdateAssumeRolePolicy"
    return request(action, by, day=day, roleName=role, policyDocument=document)
