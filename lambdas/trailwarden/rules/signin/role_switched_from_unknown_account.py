"""Console role taken over from an unknown account.

People switch from a user of one account to a role of another in the console. Whose account that is,
only the console's own event tells as a whole. An unknown one is a partner's, or an intruder's.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, assumed_role, request
from trailwarden.correlations import DAY
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    source = switched_from(event)
    account = account_of(source)
    if not account or event.knows_account(account):
        return None
    return Match(f"{source} to {event.user_identity.role_name}", subject=account)


def switched_from(event: Event) -> str:
    """Return the ARN of the principal before the switch."""
    return event.text("additionalEventData.SwitchFrom")


def by_source(event: Event) -> str:
    """Group by the account, and by the one that the person came from."""
    return f"{event.recipient_account_id}/{account_of(switched_from(event))}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:SwitchRole"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1199", "T1078.004"], Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Find out whose account it is, and who let the role trust it. If nobody knows, remove "
    "it from the trust policy and revoke the role's sessions. Then review their acts.",
    false_positives="A partner or vendor. Name its account in `trusted_accounts`.",
    dedup=by_source,
    window=30 * DAY,
)

VENDOR = "222233334444"
ENVIRONMENT = Environment(trusted_accounts=(VENDOR,))


def examples() -> Examples:
    label = f"arn:aws:iam::{OTHER_ACCOUNT}:user/eve to admin"
    yield alerts("from a stranger's", switched(OTHER_ACCOUNT), subject=OTHER_ACCOUNT, label=label)
    yield silent("from the same account", switched(ACCOUNT))
    yield silent("from a trusted one", switched(VENDOR))
    yield silent("a switch that fails", switched(OTHER_ACCOUNT, outcome="Failure"))
    yield silent("no origin told", {**switched(OTHER_ACCOUNT), "additionalEventData": None})


def switched(account: str, *, outcome: str = "Success") -> Record:
    fields = {
        "eventType": "AwsConsoleSignIn",
        "additionalEventData": {"SwitchFrom": f"arn:aws:iam::{account}:user/eve"},
    }
    by = assumed_role("admin", "eve")
    return request("signin:SwitchRole", by, answer={"SwitchRole": outcome}, fields=fields)
