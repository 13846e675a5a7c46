"""Root password guessed in several accounts.

An intruder tries the root users of all accounts of an organization, from one address or many. Each
account sees one or two failures, which look like typing errors there.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, console_login, iam_user, request, root
from trailwarden.correlations import DAY, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent

RECOVERY = "PasswordRecoveryRequested"


def detect(event: Event) -> Match | None:
    is_guess = event.outcome is Outcome.FAILED or event.name == RECOVERY
    return Match(f"account {event.recipient_account_id}") if is_guess else None


def by_organization(event: Event) -> str:
    """Group by the organization, as far as one trail has it: an address is easily changed."""
    return event.environment.organization_id or "organization"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", f"signin:{RECOVERY}"],
    exempt=NOBODY,
    callers=frozenset({Caller.ROOT}),
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.003", "T1110.001"]},
    response="Ask the owners of the accounts whether one of them tried. If not, look for a sign-in "
    "of root that succeeded. Check that root has an MFA device in every account, or no password.",
    false_positives="One team keeps the root passwords of all accounts, and tries old ones.",
    correlation=ValueCount(at_least=3, timespan=2 * DAY, group_by=by_organization),
    dedup=by_organization,
)

ACCOUNTS = (ACCOUNT, "444455556666", "777788889999")


def examples() -> Examples:
    label = f"account {ACCOUNT}"
    yield alerts("three accounts, twelve hours apart", *failures(3, apart=12 * 60), label=label)
    asked = [request(f"signin:{RECOVERY}", root_of(a), fields=here(a)) for a in ACCOUNTS]
    yield alerts("recovery asked for in three accounts", *asked, label=label)
    yield alerts("both", *failures(2), asked[2])
    yield silent("two accounts", *failures(2), *failures(2, apart=9))
    yield silent("three accounts in three days", *failures(3, apart=30 * 60))
    places = [{**f, "sourceIPAddress": f"203.0.113.{n}"} for n, f in enumerate(failures(3))]
    yield alerts("from three addresses", *places)
    yield silent("three sign-ins that succeed", *failures(3, succeeds=True))
    user = iam_user("alice", key="")
    users = [console_login(user, succeeds=False, recipientAccountId=a) for a in ACCOUNTS]
    yield silent("a user in three accounts", *users)


def failures(count: int, *, apart: float = 60, succeeds: bool = False) -> list[Record]:
    return [
        console_login(root_of(account), succeeds=succeeds, minute=n * apart, **here(account))
        for n, account in enumerate(ACCOUNTS[:count])
    ]


def here(account: str) -> Fields:
    return {"recipientAccountId": account}


def root_of(account: str) -> Fields:
    return root() | {"accountId": account, "arn": f"arn:aws:iam::{account}:root"}
