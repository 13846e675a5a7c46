"""Unknown account active for the first time.

Another account can act here only through a bucket policy, a key policy or a role's trust. The first
time shows who it is.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, request
from trailwarden.correlations import by_account, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


@of_acting
def detect(event: Event) -> Match | None:
    account = event.user_identity.account_id
    return Match(account, subject=account) if account.isdigit() else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["AWSAccount"]}},
    exempt=NOBODY,
    callers=frozenset({Caller.OUTSIDER}),
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1199", "T1078.004"]},
    response="Find the owner of the account and the policy that lets it in. If it belongs there, "
    "add it to `trusted_accounts`. If not, take it out of the policy.",
    false_positives="Vendors and accounts of AWS's own services.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))
VENDOR = "123456789012"


def examples() -> Examples:
    yield alerts("a new one", call(VENDOR, 0), call(OTHER_ACCOUNT, 7), subject=OTHER_ACCOUNT)
    yield silent("a vendor as ever", call(VENDOR, 0), call(VENDOR, 8))
    yield silent("an own account", call(VENDOR, 0), call("777788889999", 8))
    yield silent("no account", call(VENDOR, 0), call("anonymous", 8))
    user = request("sts:AssumeRole", ROLE_OF_ANOTHER, day=8)
    elsewhere = {**call(VENDOR, 0), "recipientAccountId": "777788889999"}
    yield silent("in an account that is new", elsewhere, call(OTHER_ACCOUNT, 8))
    yield silent("named in full", call(VENDOR, 0), user)


ROLE_OF_ANOTHER = {"type": "AssumedRole", "accountId": OTHER_ACCOUNT, "principalId": "AROA:x"}


def call(account: str, day: int) -> Record:
    identity = {"type": "AWSAccount", "accountId": account, "principalId": f"AIDA:{account}"}
    return request("sts:AssumeRole", identity, day=day)
